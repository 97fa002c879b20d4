package main

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/netherlink/netherlink/client/internal/testnet"
)

// Everything real: server, Headscale, companions, and games in spaces of their own.
func TestWithTheRealServer(t *testing.T) {
	needSpace(t)
	h := testnet.StartHeadscale(t)
	server := testnet.StartServer(t, h)
	people := map[string]person{}
	ids, tokens := map[string]string{}, map[string]string{}
	for _, name := range []string{"anna", "bert", "carl"} {
		ids[name], tokens[name] = server.Register(name)
		people[name] = person{t, t.TempDir()}
		login := people[name].command("login", server.URL, "--user", name, "--password-stdin")
		login.Stdin = strings.NewReader("password-1\n")
		if out, err := login.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	link := func(owner string) (room, url string) {
		made := server.Call("POST", "/rooms", tokens[owner], map[string]any{"name": owner, "game": "toy", "max_players": 4})
		room = made["id"].(string)
		return room, server.Call("POST", "/rooms/"+room+"/link", tokens[owner], map[string]any{})["url"].(string)
	}
	room, url := link("anna")
	_, other := link("carl")
	anna, bert, carl := people["anna"], people["bert"], people["carl"]
	anna.join(strings.Replace(server.URL, "http://", "netherlink://", 1) + "/room/" + room + "?insecure=1")
	bert.join(url)
	carl.join(other)
	program, part := os.Args[0], "NETHERLINK_TEST_PART="
	host := anna.start(anna.command("play", "toy", "--", "env", part+"host", program))
	testnet.Eventually(t, 60*time.Second, "the host runs", func() bool { return strings.Contains(host.String(), "toy host") })

	out, err := bert.run("play", "toy", "--", "env", part+"ask", program, "udp", "255.255.255.255:26900")
	for end := time.Now().Add(time.Minute); err != nil && time.Now().Before(end); {
		out, err = bert.run("play", "toy", "--", "env", part+"ask", program, "udp", "255.255.255.255:26900")
	}
	if err != nil || !strings.Contains(out, "found anna") {
		t.Fatalf("%v %s", err, out)
	}
	found := strings.Fields(out)
	if out, err := carl.run("play", "toy", "--mode", "space", "--", "env", part+"ask", program, "tcp", net.JoinHostPort(hostIn(t, found), "26900")); err == nil {
		t.Errorf("a member of another room got in: %s", out)
	}
	if out, err := bert.run("doctor"); err != nil || !strings.Contains(out, "anna is reached") {
		t.Logf("%v %s", err, out)
	}
	server.Call("POST", "/rooms/"+room+"/kick", tokens["anna"], map[string]string{"user_id": ids["bert"]})
	testnet.Eventually(t, 10*time.Second, "the kicked player's companion has ended", func() bool {
		_, err := bert.run("status")
		_, failed := err.(*exec.ExitError)
		return failed
	})
}

// hostIn finds the address in what the toy printed.
func hostIn(t *testing.T, words []string) string {
	for _, word := range words {
		if host, _, err := net.SplitHostPort(word); err == nil {
			return host
		}
	}
	t.Fatalf("no address in %v", words)
	return ""
}
