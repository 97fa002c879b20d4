#include "mail/templates.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "netherlink/core/embedded.hpp"

namespace netherlink::mail {
namespace {

constexpr std::string_view link_begin = "[link ", code_paragraph = "[code]";
// In place: mail programs drop style sheets.
constexpr std::string_view button_style =
    "display:inline-block;padding:10px 20px;border-radius:8px;background:#2456c9;color:#ffffff;text-decoration:none";
constexpr std::string_view code_style = "font:18px/1.5 ui-monospace,Consolas,monospace;letter-spacing:1px";

std::string_view name_of(Topic topic) {
  switch (topic) {
    case Topic::verify:
      return "verify";
    case Topic::reset:
      return "reset";
    case Topic::changing:
      return "changing";
    case Topic::removed:
      return "removed";
    case Topic::password_reset:
      return "password_reset";
    case Topic::taken:
      return "taken";
  }
  throw std::logic_error("a letter about nothing");
}

std::string_view file(std::string_view name) {
  const auto files = embedded::share_mail();
  const auto found = std::ranges::find(files, name, &core::EmbeddedFile::name);
  if (found == files.end()) throw std::logic_error("share/mail lacks a template");
  return found->content;
}

std::string filled(std::string_view text, std::span<const Word> words) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) break;
    const auto name = text.substr(open + 1, close - open - 1);
    const auto word = std::ranges::find(words, name, &Word::first);
    if (word == words.end()) throw std::logic_error("a template of share/mail asks for what is not there");
    out.append(text.substr(0, open)).append(word->second);
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out.append("&amp;");
    } else if (c == '<') {
      out.append("&lt;");
    } else if (c == '>') {
      out.append("&gt;");
    } else if (c == '"') {
      out.append("&quot;");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::vector<std::string_view> paragraphs_of(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    auto paragraph = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    while (paragraph.starts_with('\n')) paragraph.remove_prefix(1);
    while (paragraph.ends_with('\n')) paragraph.remove_suffix(1);
    if (!paragraph.empty()) found.push_back(paragraph);
  }
  return found;
}

/// Lines of a paragraph are one line for the reader.
std::string joined(std::string_view paragraph, std::string_view between) {
  std::string out;
  for (const char c : paragraph) {
    if (c == '\n') {
      out.append(between);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string html_of(std::string_view paragraph, std::span<const Word> words, std::string_view link,
                    std::string_view code, std::string_view between) {
  std::string out;
  if (paragraph.starts_with(link_begin)) {
    const auto label = paragraph.substr(link_begin.size(), paragraph.size() - link_begin.size() - 1);
    out.append("<p><a style=\"").append(button_style).append("\" href=\"").append(escaped(link)).append("\">");
    return out.append(escaped(filled(label, words))).append("</a></p>\r\n");
  }
  if (paragraph == code_paragraph) {
    return out.append("<p style=\"").append(code_style).append("\">").append(escaped(code)).append("</p>\r\n");
  }
  return out.append("<p>").append(escaped(filled(joined(paragraph, between), words))).append("</p>\r\n");
}

std::string text_of(std::string_view paragraph, std::span<const Word> words, std::string_view link,
                    std::string_view code) {
  std::string out;
  if (paragraph.starts_with(link_begin)) {
    out.append(link);
  } else if (paragraph == code_paragraph) {
    out.append(code);
  } else {
    out = filled(joined(paragraph, "\r\n"), words);
  }
  return out.append("\r\n\r\n");
}

}  // namespace

Parts write(Topic topic, Language language, std::span<const Word> words, std::string_view link, std::string_view code) {
  const bool chinese = language == Language::chinese;
  std::string name(name_of(topic));
  const std::string_view whole = file(name.append(chinese ? ".zh.txt" : ".en.txt"));
  const auto first_end = whole.find('\n');
  Parts parts;
  parts.subject = filled(whole.substr(0, first_end), words);
  std::string body;
  for (const auto paragraph : paragraphs_of(whole.substr(first_end))) {
    parts.text.append(text_of(paragraph, words, link, code));
    body.append(html_of(paragraph, words, link, code, chinese ? "" : " "));
  }
  const std::string title = escaped(parts.subject);
  const Word layout[] = {{"language", chinese ? "zh-CN" : "en"}, {"subject", title}, {"body", body}};
  parts.html = filled(joined(file("layout.html"), "\r\n"), layout);
  return parts;
}

}  // namespace netherlink::mail
