package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netherlink/netherlink/client/internal/link"
)

// greetingTime is how long a page may take to come for what it asked for by its link.
const greetingTime = 30 * time.Second

// Greet lets the page that made this link find the control port. The link names a port and the hash of a secret; whoever comes
// there in time, from the account's server and with the secret, is told port and token of control.json, once. The link
// itself is no secret: other users of the machine may see how programs are started. Links without a greeting, and of
// other servers, are passed over.
func (s *Server) Greet(text string) {
	target, err := link.Parse(text)
	if err != nil || target.Server != s.origin || target.Page == "" {
		return
	}
	number, hash, _ := strings.Cut(target.Page, ".")
	port, err := strconv.Atoi(number)
	if err != nil {
		return
	}
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", number))
	if err != nil {
		return // the page asks again, or does without
	}
	greeting := &http.Server{ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	var once sync.Once
	var told atomic.Bool
	end := func() { once.Do(func() { go greeting.Close() }) }
	knows := func(secret string) bool {
		sum := sha256.Sum256([]byte(secret))
		return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(hash)) == 1
	}
	greeting.Handler = s.guard(port, knows, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" || r.URL.Path != "/v1/hello" {
			refuse(w, http.StatusForbidden, "control.origin", "this is for the page that asked")
			return
		}
		if !told.CompareAndSwap(false, true) {
			refuse(w, http.StatusForbidden, "control.told", "this was told already")
			return
		}
		write(w, http.StatusOK, map[string]any{"port": s.port, "token": s.token})
		// The answer is on its way before the port closes.
		time.AfterFunc(time.Second, end)
	}))
	time.AfterFunc(greetingTime, end)
	go greeting.Serve(listener) // ends with end
}
