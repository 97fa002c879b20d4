// Every list is read page by page while it changes: what was there all the time is there once.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/rooms.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

/// What names an item of a list.
using Name = std::function<std::string(const json&)>;

Name by(const json::json_pointer& field) {
  return [field](const json& item) { return item.at(field).get<std::string>(); };
}

/// Reads the list in pages of two; `change` is called between them with the number of the page that was read.
std::vector<std::string> read(Person& reader, const std::string& target, const Name& name,
                              const std::function<void(int)>& change) {
  std::vector<std::string> names;
  std::string cursor;
  for (int page = 0;; ++page) {
    const auto separator = target.find('?') == std::string::npos ? "?" : "&";
    const auto answer = reader.http.get(target + separator + "limit=2" + cursor);
    REQUIRE(answer.status == 200);
    for (const auto& item : answer.json.at("items")) names.push_back(name(item));
    const auto& next = answer.json.at("next_cursor");
    if (next.is_null()) return names;
    REQUIRE(page < 100);
    cursor = "&cursor=" + next.get<std::string>();
    change(page);
  }
}

/// Each of them once, and nothing twice.
void check_all(const std::vector<std::string>& read, const std::vector<std::string>& stayed) {
  std::map<std::string, int> times;
  for (const auto& name : read) ++times[name];
  for (const auto& [name, count] : times) {
    INFO(name);
    CHECK(count == 1);
  }
  for (const auto& name : stayed) {
    INFO(name);
    CHECK(times[name] == 1);
  }
}

std::vector<std::unique_ptr<Person>> crowd(std::size_t count, const std::string& stem = "crowd") {
  std::vector<std::unique_ptr<Person>> people;
  for (std::size_t i = 0; i < count; ++i) people.push_back(std::make_unique<Person>(server(), stem));
  return people;
}

std::vector<std::string> ids(const std::vector<std::unique_ptr<Person>>& people, std::size_t from, std::size_t to) {
  std::vector<std::string> found;
  for (std::size_t i = from; i < to; ++i) found.push_back(people[i]->id);
  return found;
}

}  // namespace

TEST_CASE("lists: friends, blocks and requests while people come and go") {
  Person ada(server(), "ada");
  const auto people = crowd(12);
  SECTION("friends") {
    for (std::size_t i = 0; i < 9; ++i) make_friends(ada, *people[i]);
    const auto names = read(ada, "/api/v1/friends", by("/user/id"_json_pointer), [&](int page) {
      if (page < 3) make_friends(ada, *people[9 + static_cast<std::size_t>(page)]);
      // One that was read, and one that was not.
      if (page == 0) REQUIRE(ada.http.erase("/api/v1/friends/" + people[0]->id).status == 204);
      if (page == 1) REQUIRE(ada.http.erase("/api/v1/friends/" + people[8]->id).status == 204);
    });
    check_all(names, ids(people, 1, 8));
  }
  SECTION("blocks") {
    for (std::size_t i = 0; i < 9; ++i) REQUIRE(block(ada, *people[i]).status == 204);
    const auto names = read(ada, "/api/v1/blocks", by("/id"_json_pointer), [&](int page) {
      if (page < 3) REQUIRE(block(ada, *people[9 + static_cast<std::size_t>(page)]).status == 204);
      if (page == 0) REQUIRE(unblock(ada, *people[0]).status == 204);
      if (page == 1) REQUIRE(unblock(ada, *people[8]).status == 204);
    });
    check_all(names, ids(people, 1, 8));
  }
  SECTION("requests, to and by") {
    for (const std::string direction : {"in", "out"}) {
      const auto ask = [&](Person& other) {
        return direction == "in" ? ask_to_be_friends(other, ada) : ask_to_be_friends(ada, other);
      };
      std::vector<std::string> asked;
      for (std::size_t i = 0; i < 9; ++i) asked.push_back(ask(*people[i]).json.at("id"));
      const auto names =
          read(ada, "/api/v1/friends/requests?direction=" + direction, by("/id"_json_pointer), [&](int page) {
            if (page < 3) REQUIRE(ask(*people[9 + static_cast<std::size_t>(page)]).status == 201);
            const auto answer = [&](std::size_t i) {
              auto& who = direction == "in" ? ada : *people[i];
              const auto path = "/api/v1/friends/requests/" + asked[i] + "/reject";
              REQUIRE(who.http.request("POST", path).status == 200);
            };
            if (page == 0) answer(8);  // newest first: it was read
            if (page == 1) answer(0);
          });
      check_all(names, {asked.begin() + 1, asked.begin() + 8});
      for (const auto& person : people) block(ada, *person), unblock(ada, *person);
    }
  }
}

TEST_CASE("lists: people found by name while accounts are made and deleted") {
  const auto stem = unique("listed");
  Person ada(server(), "ada");
  const auto people = crowd(9, stem + "x");
  std::vector<std::unique_ptr<Person>> more;
  const auto names = read(ada, "/api/v1/users?query=" + stem, by("/id"_json_pointer), [&](int page) {
    more.push_back(std::make_unique<Person>(server(), stem + (page % 2 == 0 ? "a" : "z")));
    auto& leaving = *people[page == 0 ? 0 : 8];
    if (page < 2) {
      REQUIRE(leaving.http.request("DELETE", "/api/v1/users/me", json{{"password", leaving.password}}).status == 204);
    }
  });
  check_all(names, ids(people, 1, 8));
}

TEST_CASE("lists: sessions while devices sign in and out") {
  Person ada(server(), "ada");
  std::vector<std::unique_ptr<Person>> devices;
  const auto sign_in = [&] { devices.push_back(std::make_unique<Person>(ada.sign_in())); };
  for (int i = 0; i < 8; ++i) sign_in();
  std::vector<std::string> stayed;
  for (std::size_t i = 1; i < 7; ++i) stayed.push_back(devices[i]->session_id);
  const auto names = read(ada, "/api/v1/users/me/sessions", by("/id"_json_pointer), [&](int page) {
    sign_in();
    const auto end = [&](std::size_t i) {
      REQUIRE(ada.http.erase("/api/v1/users/me/sessions/" + devices[i]->session_id).status == 204);
    };
    if (page == 0) end(7);
    if (page == 1) end(0);
  });
  check_all(names, stayed);
}

TEST_CASE("lists: groups, their members, bans and requests while all of them change") {
  Person ada(server(), "ada");
  const auto people = crowd(12);
  SECTION("groups") {
    std::vector<json> groups;
    for (int i = 0; i < 9; ++i) groups.push_back(make_group(ada, {}));
    const auto names = read(ada, "/api/v1/groups", by("/id"_json_pointer), [&](int page) {
      make_group(ada, {});
      if (page == 0) REQUIRE(ada.http.erase(group_path(groups[8])).status == 204);
      if (page == 1) REQUIRE(ada.http.erase(group_path(groups[0])).status == 204);
      REQUIRE(ada.http.patch(group_path(groups[4]), {{"name", unique("renamed")}}).status == 200);
    });
    std::vector<std::string> stayed;
    for (std::size_t i = 1; i < 8; ++i) stayed.push_back(groups[i]["id"]);
    check_all(names, stayed);
  }
  SECTION("members") {
    const auto group = make_group(ada, {});
    const auto code = make_link(ada, group);
    for (std::size_t i = 0; i < 9; ++i) REQUIRE(join_by(*people[i], code).status == 200);
    const auto names = read(ada, group_path(group, "/members"), by("/user/id"_json_pointer), [&](int page) {
      if (page < 3) REQUIRE(join_by(*people[9 + static_cast<std::size_t>(page)], code).status == 200);
      const auto path = group_path(group, "/members/" + people[page == 0 ? 0 : 8]->id);
      if (page < 2) REQUIRE(ada.http.erase(path).status == 204);
      const auto promoted = group_path(group, "/members/" + people[4]->id);
      REQUIRE(ada.http.patch(promoted, {{"role", page % 2 == 0 ? "admin" : "member"}}).status == 200);
    });
    check_all(names, ids(people, 1, 8));
  }
  SECTION("bans") {
    const auto group = make_group(ada, {});
    const auto ban = [&](std::size_t i) { return group_path(group, "/bans/" + people[i]->id); };
    for (std::size_t i = 0; i < 9; ++i) REQUIRE(ada.http.request("PUT", ban(i)).status == 204);
    const auto names = read(ada, group_path(group, "/bans"), by("/user/id"_json_pointer), [&](int page) {
      if (page < 3) REQUIRE(ada.http.request("PUT", ban(9 + static_cast<std::size_t>(page))).status == 204);
      if (page < 2) REQUIRE(ada.http.erase(ban(page == 0 ? 0 : 8)).status == 204);
    });
    check_all(names, ids(people, 1, 8));
  }
  SECTION("requests to join") {
    const auto group = make_group(ada, {}, {{"join", "request"}});
    const auto code = make_link(ada, group);
    for (std::size_t i = 0; i < 9; ++i) REQUIRE(join_by(*people[i], code).status == 202);
    const auto names = read(ada, group_path(group, "/requests"), by("/user/id"_json_pointer), [&](int page) {
      if (page < 3) REQUIRE(join_by(*people[9 + static_cast<std::size_t>(page)], code).status == 202);
      const auto who = people[page == 0 ? 0 : 8]->id;
      const auto path = group_path(group, "/requests/" + who + (page == 0 ? "/accept" : "/reject"));
      if (page < 2) REQUIRE(ada.http.request("POST", path).status / 100 == 2);
    });
    check_all(names, ids(people, 1, 8));
  }
}

TEST_CASE("lists: conversations stay where they were, whatever is said in them meanwhile") {
  Person ada(server(), "ada");
  const auto people = crowd(12);
  for (std::size_t i = 0; i < 9; ++i) people[i]->post(ada.with(*people[i]), "hello");
  std::vector<std::string> stayed;
  for (std::size_t i = 0; i < 9; ++i) stayed.push_back(ada.with(*people[i]));
  REQUIRE(ada.http.patch("/api/v1/conversations/" + stayed[3], {{"pinned", true}}).status == 200);
  const auto names = read(ada, "/api/v1/conversations", by("/conversation_id"_json_pointer), [&](int page) {
    // One that was read, one that comes last, and one that begins now.
    people[8]->post(stayed[8], "again");
    for (int i = 0; i < 5; ++i) people[0]->post(stayed[0], "and again, " + std::to_string(page));
    people[3]->post(stayed[3], "pinned");
    if (page < 3) {
      auto& other = *people[9 + static_cast<std::size_t>(page)];
      other.post(ada.with(other), "hello");
    }
  });
  check_all(names, stayed);
  CHECK(names.front() == stayed[3]);
  CHECK(ada.http.get("/api/v1/conversations?cursor=0.1.world").status == 422);
}

TEST_CASE("lists: the history, both ways, while messages come and change") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto conversation = ada.with(bob);
  std::vector<json> sent;
  for (int i = 0; i < 20; ++i) sent.push_back(ada.post(conversation, "number " + std::to_string(i)));
  for (const bool forwards : {true, false}) {
    std::vector<long> seqs;
    for (std::string from = forwards ? "&after_seq=0" : "";;) {
      const auto page = bob.http.get("/api/v1/chat/history?limit=3&conversation_id=" + conversation + from).json;
      std::vector<long> read;
      for (const auto& message : page["messages"]) read.push_back(message["seq"]);
      seqs.insert(forwards ? seqs.end() : seqs.begin(), read.begin(), read.end());
      if (!page["has_more"] || seqs.size() > 60) break;
      from = forwards ? "&after_seq=" + std::to_string(seqs.back()) : "&before_seq=" + std::to_string(seqs.front());
      const auto path = "/api/v1/chat/messages/" + sent[seqs.size() % 20]["message_id"].get<std::string>();
      REQUIRE(ada.http.erase(path + "?scope=all").status == 200);
      if (seqs.size() < 12) ada.post(conversation, "one more");
    }
    for (std::size_t i = 1; i < seqs.size(); ++i) CHECK(seqs[i] == seqs[i - 1] + 1);
    CHECK(seqs.front() == 1);
    CHECK(seqs.size() >= 20);
  }
}

TEST_CASE("lists: receipts while people read") {
  Person ada(server(), "ada");
  const auto people = crowd(9);
  const auto group = make_group(ada, {});
  const auto code = make_link(ada, group);
  for (const auto& person : people) REQUIRE(join_by(*person, code).status == 200);
  const auto message = ada.post(group["conversation_id"], "who reads this?");
  const auto mark = [&](std::size_t i) {
    const auto path = "/api/v1/conversations/" + group["conversation_id"].get<std::string>() + "/read";
    REQUIRE(people[i]->http.post(path, {{"seq", message["seq"]}}).status == 200);
  };
  for (const std::size_t i : {0U, 2U, 4U, 6U, 8U}) mark(i);
  const auto path = "/api/v1/chat/messages/" + message["message_id"].get<std::string>() + "/receipts";
  const auto names = read(ada, path, by("/user_id"_json_pointer), [&](int page) {
    if (page < 2) mark(page == 0 ? 7 : 1);
  });
  std::vector<std::string> stayed;
  for (const std::size_t i : {0U, 2U, 4U, 6U, 8U}) stayed.push_back(people[i]->id);
  check_all(names, stayed);
}

TEST_CASE("lists: what search finds while messages come, change and go") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto conversation = ada.with(bob), word = std::string("needle");
  std::vector<std::string> sent;
  for (int i = 0; i < 9; ++i) sent.push_back(ada.post(conversation, word + " " + std::to_string(i))["message_id"]);
  const auto target = "/api/v1/chat/search?q=" + word + "&conversation_id=" + conversation;
  const auto found = [&] { return bob.http.get(target).json["items"].size(); };
  const auto deadline = Clock::now() + patience;
  while (found() < 9 && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(20));
  const auto path = [&](std::size_t i) { return "/api/v1/chat/messages/" + sent[i]; };
  const auto names = read(bob, target, by("/message/message_id"_json_pointer), [&](int page) {
    ada.post(conversation, word + " again");
    if (page == 0) REQUIRE(ada.http.erase(path(8) + "?scope=all").status == 200);
    if (page == 1) REQUIRE(ada.http.patch(path(0), {{"content", "something else"}}).status == 200);
    REQUIRE(ada.http.patch(path(4), {{"content", word + " edited " + std::to_string(page)}}).status == 200);
  });
  check_all(names, {sent.begin() + 1, sent.begin() + 8});
}

TEST_CASE("lists: rooms, newest first and by name, while rooms are opened and closed") {
  const auto game = unique("game");
  const auto people = crowd(12);
  Person ada(server(), "ada"), guest(server(), "guest");
  std::vector<std::string> rooms;
  const auto open = [&](std::size_t i) {
    const auto made = people[i]->http.post("/api/v1/rooms", {{"name", unique("room")}, {"game", game}});
    REQUIRE(made.status == 201);
    rooms.push_back(made.json["id"]);
  };
  const std::string sort = GENERATE("newest", "name");
  for (std::size_t i = 0; i < 9; ++i) open(i);
  const auto names = read(ada, "/api/v1/rooms?game=" + game + "&sort=" + sort, by("/id"_json_pointer), [&](int page) {
    if (page < 3) open(9 + static_cast<std::size_t>(page));
    if (page < 2)
      REQUIRE(people[page == 0 ? 0 : 8]->http.erase("/api/v1/rooms/" + rooms[page == 0 ? 0 : 8]).status == 204);
    REQUIRE(guest.http.post("/api/v1/rooms/" + rooms[4] + "/join", {{"leave_other", true}}).status == 200);
  });
  check_all(names, {rooms.begin() + 1, rooms.begin() + 8});
}

}  // namespace netherlink::test
