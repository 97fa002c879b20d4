#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"

namespace netherlink::im {

/// M9: words that may not be said, found whatever their case, width or composition (NFKC, case folding, nothing
/// invisible). A word counts where it stands alone; in scripts that are written without spaces, anywhere. Immutable.
class WordFilter {
 public:
  enum class Action { mask, refuse };

  /// One word or phrase in each line; empty lines and those that begin with '#' are passed over.
  WordFilter(std::string_view list, Action action);
  ~WordFilter();
  /// The error's detail is for the operator.
  static core::result<std::shared_ptr<const WordFilter>> load(const std::string& path, Action action);

  /// Masks what it finds (each character becomes '*'), or chat.blocked_word. `text` is valid UTF-8.
  core::result<void> apply(std::string& text) const;
  std::size_t size() const;

 private:
  struct Words;
  std::unique_ptr<const Words> words_;
  Action action_;
};

}  // namespace netherlink::im
