#include "gateway/api/index_page.hpp"

#include <algorithm>
#include <initializer_list>

#include "netherlink/core/version.hpp"
#include "netherlink/crypto/encoding.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5a6478; --paper: #fbfaf8; --line: #dcd8d0; --warm: #a03a1e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --soft: #a4a9b6; --paper: #16181d; --line: #333843; --warm: #ff9466; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: clamp(2rem, 8vw, 5rem) 1.25rem; }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
.version { color: var(--soft); font-size: 0.875rem; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.0625rem; }
ul { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
li { padding: 0.625rem 0; border-bottom: 1px solid var(--line); }
a { color: var(--warm); }
a:focus-visible { outline: 2px solid var(--warm); outline-offset: 2px; }
li span { display: block; color: var(--soft); font-size: 0.9375rem; }
pre { overflow-x: auto; padding: 0.875rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; font-size: 0.875rem; }
)css";

constexpr std::string_view body = R"html(
<p>A chat server for games: accounts, direct messages and a lobby, over REST and WebSocket. This binary was built without its
web client: <code>./scripts/build</code> adds it.</p>
<h2>Try it</h2>
<pre><code>curl -X POST http://127.0.0.1:8080/api/v1/auth/register \
  -H 'Content-Type: application/json' \
  -d '{"username":"alice","password":"correct horse battery"}'</code></pre>
<h2>Read on</h2>
<ul>
<li><a href="/openapi.yaml">openapi.yaml</a><span>The REST API</span></li>
<li><a href="/asyncapi.yaml">asyncapi.yaml</a><span>The WebSocket at <code>/ws</code></span></li>
<li><a href="/api/v1/client-config">client-config</a><span>Limits, heartbeat and features of this server</span></li>
<li><a href="/healthz">healthz</a>, <a href="/readyz">readyz</a><span>Is it alive, does it take traffic</span></li>
</ul>
)html";

std::string html() {
  const std::initializer_list<std::string_view> parts{
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>NetherLink</title>\n<style>",
      style,
      "</style>\n</head>\n<body>\n<main>\n<h1>NetherLink</h1>\n<p class=\"version\">Version ",
      core::version,
      "</p>",
      body,
      "</main>\n</body>\n</html>\n"};
  std::string page;
  for (const auto part : parts) page.append(part);
  return page;
}

/// The one style element by its hash, nothing else.
std::string content_security_policy() {
  std::string hash = crypto::base64url_encode(crypto::sha256(style));
  std::replace(hash.begin(), hash.end(), '-', '+');
  std::replace(hash.begin(), hash.end(), '_', '/');
  hash.append((4 - hash.size() % 4) % 4, '=');
  std::string policy = "default-src 'none'; style-src 'sha256-";
  policy.append(hash).append("'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  return policy;
}

}  // namespace

Handler index_page() {
  Response page;
  page.content_type = "text/html; charset=utf-8";
  page.body = html();
  page.headers.emplace_back("Content-Security-Policy", content_security_policy());
  return [page](const Request&) { return page; };
}

}  // namespace netherlink::gateway
