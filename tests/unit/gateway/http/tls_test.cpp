#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>

#include "support/catch.hpp"
#include "test_server.hpp"

using namespace netherlink;
using namespace netherlink::test;

namespace {

/// A key and a certificate signed by it, as PEM files in a folder of their own.
class Certificate {
 public:
  Certificate() {
    std::string pattern = (std::filesystem::temp_directory_path() / "netherlink-tls-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    write(certificate_file(), [&](FILE* file) { PEM_write_X509(file, certificate.get()); });
    write(key_file(),
          [&](FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }

  std::string certificate_file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  template <class Write>
  static void write(const std::string& path, Write job) {
    FILE* const file = std::fopen(path.c_str(), "w");
    job(file);
    std::fclose(file);
  }
  std::filesystem::path folder_;
};

/// A blocking TLS client on memory buffers, over TcpSocket.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, int max_version = TLS1_3_VERSION, bool offer_h2_only = false)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    static constexpr unsigned char both[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(ssl_.get(), both, offer_h2_only ? 3 : sizeof both - 1);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
  }

  bool handshake() {
    for (;;) {
      const int done = SSL_do_handshake(ssl_.get());
      send_out();
      if (done == 1) return true;
      if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ || !take_in()) return false;
    }
  }
  void send(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    send_out();
  }
  /// One byte of ciphertext at a time.
  void send_slowly(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    const auto pending = drain_out();
    for (const char c : pending) socket_.send({&c, 1});
  }
  std::string read_at_least(std::size_t count) {
    std::string out;
    std::array<char, 16384> buffer{};
    while (out.size() < count) {
      const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (got > 0) {
        out.append(buffer.data(), static_cast<std::size_t>(got));
      } else if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ || !take_in()) {
        break;
      }
    }
    return out;
  }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  bool said_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 private:
  bool take_in() {
    try {
      const auto bytes = socket_.read_some();
      BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
      return !bytes.empty();
    } catch (const ConnectionLost&) {
      return false;
    }
  }
  std::string drain_out() {
    std::string out;
    std::array<char, 16384> buffer{};
    for (int got = 0; (got = BIO_read(SSL_get_wbio(ssl_.get()), buffer.data(), static_cast<int>(buffer.size()))) > 0;) {
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return out;
  }
  void send_out() {
    if (const auto bytes = drain_out(); !bytes.empty()) socket_.send(bytes);
  }

  TcpSocket socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

struct TlsServer {
  config::Config config = HttpTestServer::plain_config();
  Certificate certificate;
  HttpTestServer server{config, certificate.certificate_file(), certificate.key_file()};
};

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 with ALPN, keep-alive and security headers", "[tls]") {
  TlsServer tls;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(tls.server.port(), version);
    REQUIRE(client.handshake());
    CHECK(client.protocol() == "http/1.1");
    for (int i = 0; i < 3; ++i) {
      client.send(get("/store") + get("/io"));
      std::string answers;
      while (answers.find("io", answers.find("store")) == std::string::npos) answers += client.read_at_least(1);
      CHECK(answers.find("Strict-Transport-Security: max-age=") != std::string::npos);
    }
    client.send(get("/io", "Connection: close\r\n"));
    CHECK(client.read_at_least(SIZE_MAX).ends_with("io"));
    CHECK(client.said_goodbye());
  }
}

TEST_CASE("TLS answers and bodies larger than any buffer", "[tls]") {
  TlsServer tls;
  TlsClient client(tls.server.port());
  REQUIRE(client.handshake());
  client.send(get("/big?bytes=3000000", "Connection: close\r\n"));
  CHECK(client.read_at_least(SIZE_MAX).ends_with(std::string(3'000'000, 'x')));
  TlsClient sender(tls.server.port());
  REQUIRE(sender.handshake());
  const std::string body(90'000, ' ');
  sender.send(post("/io", body, "Connection: close\r\n"));
  CHECK(sender.read_at_least(SIZE_MAX).ends_with(body));
}

TEST_CASE("TLS records may arrive byte by byte", "[tls]") {
  TlsServer tls;
  TlsClient client(tls.server.port());
  REQUIRE(client.handshake());
  client.send_slowly(get("/io", "Connection: close\r\n"));
  CHECK(client.read_at_least(SIZE_MAX).ends_with("io"));
}

TEST_CASE("old versions, other protocols and plain text get no answer", "[tls]") {
  TlsServer tls{.config = HttpTestServer::impatient_config(), .certificate = {}};
  CHECK_FALSE(TlsClient(tls.server.port(), TLS1_1_VERSION).handshake());
  CHECK_FALSE(TlsClient(tls.server.port(), TLS1_3_VERSION, true).handshake());
  TcpSocket plain(tls.server.port());
  plain.send(get("/io"));
  CHECK(plain.read_to_end().find("HTTP/1.1 200") == std::string::npos);
  TcpSocket silent(tls.server.port());
  CHECK(silent.read_to_end().empty());
  TlsClient good(tls.server.port());
  CHECK(good.handshake());
}

TEST_CASE("bad certificate files are explained", "[tls]") {
  const Certificate one, other;
  const auto refused = [](const std::string& certificate, const std::string& key) {
    const auto made = gateway::make_tls_context(certificate, key);
    return made ? std::string() : std::string(made.error().detail());
  };
  CHECK(refused(one.certificate_file(), one.key_file()).empty());
  CHECK(refused("/nonexistent", one.key_file()).find("/nonexistent") != std::string::npos);
  CHECK(refused(one.certificate_file(), one.certificate_file()).find("the key") != std::string::npos);
  CHECK_FALSE(refused(one.certificate_file(), other.key_file()).empty());
}
