#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>

#include "netherlink/core/error.hpp"

namespace netherlink::core {

/// A value or an expected failure. Exceptions are for bugs and for the machine failing under us.
template <class T>
using result = boost::system::result<T, Error>;

/// Found by boost::system::result when value() is called on a failure: a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unchecked error: " + std::string(error.code().name));
}

/// For tests and logs: boost::system::result prints itself with it.
template <class Stream>
Stream& operator<<(Stream& out, const Error& error) {
  out << error.code().name << ": " << error.detail();
  return out;
}

}  // namespace netherlink::core
