package testnet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Server is a real NetherLink server on 127.0.0.1, with one Headscale.
type Server struct {
	URL string
	t   testing.TB
}

// serverBinary is the one that NETHERLINK_TEST_BINARY names, or what the scripts have built.
func serverBinary(t testing.TB) string {
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..", "..")
	for _, path := range []string{os.Getenv("NETHERLINK_TEST_BINARY"), root + "/build/release/netherlink", root + "/build/debug/netherlink"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	t.Skip("no server has been built: ./scripts/build")
	return ""
}

// StartServer skips the test where the server has no virtual LAN.
func StartServer(t testing.TB, h *Headscale) *Server {
	t.Helper()
	port := FreePort(t)
	server := &Server{URL: fmt.Sprintf("http://127.0.0.1:%d", port), t: t}
	binary := serverBinary(t)
	reference := exec.Command(binary, "config-reference")
	reference.Env = []string{}
	help, err := reference.Output()
	if err != nil || !bytes.Contains(help, []byte("\n[vpn]\n")) {
		t.Skip("this server has no virtual LAN")
	}
	log := &bytes.Buffer{}
	child := exec.Command(binary, "serve", "--set", fmt.Sprintf("http.port=%d", port), "--set", "store.url=sqlite:///"+t.TempDir()+"/db",
		"--set", "auth.password_cost=test", "--set", "rate_limits.enabled=false",
		"--set", fmt.Sprintf("vpn.cells=[{name = %q, url = %q, api_key = %q, max_nodes = 100}]", "a", h.URL, h.key))
	child.Stdout, child.Stderr = log, log
	// The server refuses variables of its prefix that it does not know.
	child.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "NETHERLINK_") })
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = child.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = child.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = child.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s", log)
		}
	})
	Eventually(t, time.Minute, "the server is ready", func() bool {
		answer, err := http.Get(server.URL + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == 200
	})
	return server
}

// Call sends a request as a person whose token it is, and answers the fields of the answer.
func (s *Server) Call(method, path, token string, body any) map[string]any {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest(method, s.URL+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var fields map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&fields) // 204 has none
	if answer.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %s %v", method, path, answer.Status, fields)
	}
	return fields
}

// Register makes an account with the password "password-1" and answers its id and a token.
func (s *Server) Register(name string) (id, token string) {
	s.t.Helper()
	answer := s.Call("POST", "/auth/register", "", map[string]string{"username": name, "password": "password-1"})
	return answer["user"].(map[string]any)["id"].(string), answer["access_token"].(string)
}
