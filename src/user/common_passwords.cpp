#include <algorithm>
#include <array>

#include "user/password_policy.hpp"
#include "user/unicode.hpp"

namespace netherlink::user {
namespace {

/// What is tried first, everywhere: the head of public lists of leaked passwords, from eight characters on. Sorted.
constexpr auto common = std::to_array<std::string_view>({
    // clang-format off
    "01234567", "0123456789", "0987654321", "10203040", "11112222", "11223344", "1122334455", "112233445566",
    "12121212", "123123123", "12341234", "12344321", "12345678", "123456789", "1234567890", "1234567891",
    "123456789a", "12345679", "1234qwer", "123qwe123", "123qweasd", "13131313", "14725836", "147258369", "159357456",
    "19871987", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2", "20002000", "31415926", "69696969",
    "741852963", "789456123", "87654321", "88888888", "963852741", "987654321", "9876543210", "a1234567", "a12345678",
    "a123456789", "a1b2c3d4", "aa123456", "aa12345678", "abc12345", "abc123456", "abc123abc", "abcabcabc", "abcd1234",
    "abcdefgh", "abcdefghi", "access14", "admin123", "admin1234", "adminadmin", "administrator", "alexander",
    "arsenal1", "asd12345", "asdf1234", "asdfasdf", "asdfghjk", "asdfghjkl", "asdfqwer", "barcelona", "baseball",
    "baseball1", "basketball", "batman123", "benjamin", "blink182", "changeme", "changeme1", "changeme123",
    "charlie1", "chelsea1", "christian", "christopher", "computer", "computer1", "corvette", "counterstrike",
    "danielle", "default1", "dragon123", "dragonball", "elizabeth", "facebook", "facebook1", "ferrari1", "football",
    "football1", "forever1", "freedom1", "gameover", "gamer123", "gaming123", "google123", "guest123", "hello123",
    "hello1234", "hellohello", "hunter12", "ilovegod", "ilovehim", "ilovejesus", "iloveyou", "iloveyou!", "iloveyou1",
    "iloveyou2", "internet", "jennifer", "jessica1", "jordan23", "killer123", "letmein1", "letmein123", "liverpool",
    "liverpool1", "login123", "london123", "lovelove", "loveme123", "loveyou1", "manchester", "master123", "mercedes",
    "michael1", "michelle", "minecraft", "minecraft1", "monkey123", "mustang1", "mylove123", "newyork1", "nicholas",
    "ninja123", "nintendo", "p@ssw0rd", "p@ssword", "p@ssword1", "pass1234", "pass12345", "pass@123", "pass@word1",
    "passpass", "passw0rd", "passw0rd1", "password", "password!", "password1", "password1!", "password12",
    "password123", "password1234", "patricia", "playstation", "pokemon1", "pokemon123", "princess", "princess1",
    "q1w2e3r4", "q1w2e3r4t5", "qazwsx123", "qazwsxedc", "qwer1234", "qwerty12", "qwerty123", "qwerty1234",
    "qwerty12345", "qwertyui", "qwertyuiop", "qwertyuiop123", "realmadrid", "root1234", "rootroot", "samantha",
    "samsung1", "samsung123", "secret123", "shadow123", "softball", "spiderman", "starwars", "starwars1", "stephanie",
    "sunshine", "sunshine1", "superman", "superman1", "temp1234", "temppass", "test1234", "testing1", "testing123",
    "testpass", "testtest", "toor1234", "trustno1", "user1234", "victoria", "welcome!", "welcome1", "welcome123",
    "whatever", "whatever1", "xbox360x", "zaq12wsx", "zaq1zaq1", "zxcvbnm1", "zxcvbnm123", "zxcvzxcv"
    // clang-format on
});
static_assert(std::ranges::is_sorted(common));

}  // namespace

bool is_common_password(std::string_view password) {
  return std::ranges::binary_search(common, std::string_view(nfkc_case_fold(password)));
}

}  // namespace netherlink::user
