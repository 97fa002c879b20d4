#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "netherlink/mail/types.hpp"

namespace netherlink::mail {

/// What takes the place of {name} in a template.
using Word = std::pair<std::string_view, std::string_view>;

struct Parts {
  std::string subject, text, html;
};

/// A letter of share/mail: `topic.language.txt` holds the subject in its first line, then paragraphs. One that reads
/// [link LABEL] is `link`, one that reads [code] is `code`. Both parts are made from it; no word can become HTML, or a
/// line of its own in the subject.
Parts write(Topic topic, Language language, std::span<const Word> words, std::string_view link, std::string_view code);

}  // namespace netherlink::mail
