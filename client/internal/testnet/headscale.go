// Package testnet is what the tests need around the companion: a real private Headscale with its own relay, and the part
// of a NetherLink server that the companion speaks to.
package testnet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const version = "0.29.2"

// Headscale is a running one. Everything of it lies in a temporary folder and on ports of 127.0.0.1.
type Headscale struct {
	URL    string
	key    string
	folder string
	binary string
	child  *exec.Cmd
	t      testing.TB
	mu     sync.Mutex
}

// binary is where ./scripts/test keeps the Headscale that tests/headscale/ pins.
func binary(t testing.TB) string {
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache")
	}
	path := filepath.Join(cache, "netherlink", "headscale-"+version, "headscale")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no %s: ./scripts/test client builds it", path)
	}
	return path
}

// FreePort is one that nobody listens on just now.
func FreePort(t testing.TB) int {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

const configuration = `server_url: http://127.0.0.1:%[1]d
listen_addr: 127.0.0.1:%[1]d
metrics_listen_addr: ""
grpc_listen_addr: 127.0.0.1:%[2]d
noise: {private_key_path: %[4]s/noise.key}
prefixes: {v4: 100.64.0.0/10, v6: fd7a:115c:a1e0::/48}
derp:
  server: {enabled: true, region_id: 999, region_code: test, region_name: test, verify_clients: true, stun_listen_addr: "127.0.0.1:%[3]d", private_key_path: %[4]s/derp.key, automatically_add_embedded_derp_region: true, ipv4: 127.0.0.1, ipv6: none}
  urls: []
  paths: []
  auto_update_enabled: false
disable_check_updates: true
ephemeral_node_inactivity_timeout: 120s
logtail: {enabled: false}
database: {type: sqlite, sqlite: {path: %[4]s/db.sqlite, write_ahead_log: true}}
policy: {mode: database}
dns: {magic_dns: false, override_local_dns: false, base_domain: test.invalid, nameservers: {global: []}}
unix_socket: %[4]s/socket
tuning: {node_store_batch_timeout: 20ms, batch_change_delay: 100ms}
log: {level: warn, format: text}
`

// StartHeadscale starts one with a policy that closes everything.
func StartHeadscale(t testing.TB) *Headscale {
	h := &Headscale{t: t, binary: binary(t)}
	var err error
	// The path of a Unix socket must be short.
	if h.folder, err = os.MkdirTemp("", "hs"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(h.folder) })
	port := FreePort(t)
	h.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	text := fmt.Sprintf(configuration, port, FreePort(t), FreePort(t), h.folder)
	if err := os.WriteFile(h.folder+"/config.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Start()
	t.Cleanup(h.Stop)
	return h
}

// Start starts the process and makes an API key.
func (h *Headscale) Start() {
	h.t.Helper()
	log, err := os.OpenFile(h.folder+"/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer log.Close()
	h.child = exec.Command(h.binary, "--config", h.folder+"/config.yaml", "serve")
	h.child.Stdout, h.child.Stderr = log, log
	if err := h.child.Start(); err != nil {
		h.t.Fatal(err)
	}
	Eventually(h.t, time.Minute, "Headscale answers", func() bool {
		answer, err := http.Get(h.URL + "/health")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == 200
	})
	out, err := exec.Command(h.binary, "--config", h.folder+"/config.yaml", "apikeys", "create", "--expiration", "1d").Output()
	if err != nil {
		raw, _ := os.ReadFile(h.folder + "/log")
		h.t.Fatalf("no API key: %v\n%s\n%s", err, out, raw)
	}
	lines := strings.Fields(strings.TrimSpace(string(out)))
	h.key = lines[len(lines)-1]
	h.Policy(nil)
}

// Stop ends the process; what it stored stays.
func (h *Headscale) Stop() {
	if h.child != nil {
		_ = h.child.Process.Kill()
		_ = h.child.Wait()
		h.child = nil
	}
}

// LoseDatabase stops it, removes what it stored, and starts it again.
func (h *Headscale) LoseDatabase() {
	h.Stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(h.folder + "/db.sqlite" + suffix)
	}
	h.Start()
}

// Call asks the control API.
func (h *Headscale) Call(method, path string, body, into any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, h.URL+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+h.key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err = io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != 200 {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, raw)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// Policy puts the rooms: users by room. The last rule lets nobody in, but keeps "no rule" from meaning "everybody".
func (h *Headscale) Policy(rooms map[string][]string) {
	h.t.Helper()
	groups := map[string][]string{}
	acls := []any{}
	for room, users := range rooms {
		group := "group:room-" + room
		for _, user := range users {
			groups[group] = append(groups[group], user+"@")
		}
		acls = append(acls, map[string]any{"action": "accept", "src": []string{group}, "dst": []string{group + ":*"}})
	}
	acls = append(acls, map[string]any{"action": "accept", "src": []string{"100.127.255.254"}, "dst": []string{"100.127.255.254:9"}})
	policy, err := json.Marshal(map[string]any{"groups": groups, "acls": acls})
	if err == nil {
		err = h.Call("PUT", "/policy", map[string]string{"policy": string(policy)}, nil)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// Key makes a user if need be, and a key for one node of it.
func (h *Headscale) Key(user string) (id, key string, err error) {
	var users struct {
		Users []struct{ ID string } `json:"users"`
	}
	if err := h.Call("GET", "/user?name="+user, nil, &users); err != nil {
		return "", "", err
	}
	var owner string
	if len(users.Users) > 0 {
		owner = users.Users[0].ID
	} else {
		var made struct{ User struct{ ID string } }
		if err := h.Call("POST", "/user", map[string]string{"name": user}, &made); err != nil {
			return "", "", err
		}
		owner = made.User.ID
	}
	var made struct {
		PreAuthKey struct{ ID, Key string } `json:"preAuthKey"`
	}
	body := map[string]any{"user": owner, "reusable": false, "ephemeral": true, "expiration": time.Now().Add(time.Minute).UTC().Format(time.RFC3339)}
	err = h.Call("POST", "/preauthkey", body, &made)
	return made.PreAuthKey.ID, made.PreAuthKey.Key, err
}

// Node is one as the control API lists it.
type Node struct {
	ID          string   `json:"id"`
	IPAddresses []string `json:"ipAddresses"`
	Online      bool     `json:"online"`
	PreAuthKey  struct {
		ID string `json:"id"`
	} `json:"preAuthKey"`
}

// Nodes lists all.
func (h *Headscale) Nodes() ([]Node, error) {
	var list struct{ Nodes []Node }
	err := h.Call("GET", "/node", nil, &list)
	return list.Nodes, err
}

// Eventually waits until something is so.
func Eventually(t testing.TB, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
