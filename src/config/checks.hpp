#pragma once

#include <string>
#include <string_view>

namespace netherlink::config {

// What is wrong with one text, as words that follow the key ("must be …"); empty: nothing.

/// An IPv4 or IPv6 address.
std::string check_address(std::string_view text);
/// An empty text, or an address.
std::string check_optional_address(std::string_view text);
/// An address or a network: 10.0.0.0/8, fd00::/8.
std::string check_network(std::string_view text);
/// `*`, or scheme://host[:port] as a browser sends it.
std::string check_origin(std::string_view text);
/// Of at least 32 bytes; empty: not given.
std::string check_jwt_secret(std::string_view text);
/// A media type such as image/png, or all of a kind: image/*.
std::string check_media_type(std::string_view text);
/// A file that can be read; empty: not given.
std::string check_file(std::string_view text);
/// A name of an instance: what may stand in a queue's name.
std::string check_instance_id(std::string_view text);

// URLs: a malformed one is told apart from one of a kind that this build has no adapter for.
std::string check_store_url(std::string_view text);
std::string check_bus_url(std::string_view text);
std::string check_cache_url(std::string_view text);
std::string check_http_url(std::string_view text);
/// smtp://host[:port] or smtps://host[:port]; empty: not given.
std::string check_smtp_url(std::string_view text);
/// An http or https URL that something can be appended to; empty: not given.
std::string check_public_url(std::string_view text);

/// An e-mail address in ASCII; empty: not given.
std::string check_mail_address(std::string_view text);
/// Valid UTF-8.
std::string check_utf8(std::string_view text);

}  // namespace netherlink::config
