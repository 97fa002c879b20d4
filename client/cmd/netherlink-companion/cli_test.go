//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netherlink/netherlink/client/internal/testnet"
)

// The test's own program plays all parts: the companion as people start it, a space's first process, and the toy game.
func TestMain(m *testing.M) {
	if code, taken := hidden(os.Args); taken {
		os.Exit(code)
	}
	switch os.Getenv("NETHERLINK_TEST_PART") {
	case "companion":
		os.Exit(run(os.Args[1:]))
	case "host":
		toyHost()
	case "ask":
		os.Exit(toyAsk(os.Args[1:]))
	}
	testnet.Prepare()
	os.Exit(m.Run())
}

// output that is written by a process and read by the test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// person is somebody with a folder of settings.
type person struct {
	t    *testing.T
	home string
}

func newPerson(t *testing.T, lobby *testnet.Lobby, user string) person {
	t.Helper()
	p := person{t, t.TempDir()}
	command := p.command("login", lobby.URL, "--user", user, "--password-stdin")
	command.Stdin = strings.NewReader("password\n")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("login: %v %s", err, out)
	}
	return p
}

func (p person) command(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "NETHERLINK_TEST_PART=companion", "NETHERLINK_COMPANION_HOME="+p.home)
	return command
}

func (p person) run(args ...string) (string, error) {
	out, err := p.command(args...).CombinedOutput()
	return string(out), err
}

// start runs a command until it ends or the test does.
func (p person) start(command *exec.Cmd) *output {
	p.t.Helper()
	out := &output{}
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	p.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = command.Process.Kill()
			p.t.Errorf("%v did not end:\n%s", command.Args, out)
		}
	})
	return out
}

func (p person) join(code string) {
	p.t.Helper()
	out := p.start(p.command("join", code))
	testnet.Eventually(p.t, 40*time.Second, "in the LAN", func() bool { return strings.Contains(out.String(), "with the address") })
}

func needSpace(t *testing.T) {
	if err := spaceAvailable(); err != nil {
		t.Skip(err)
	}
}

func TestGameInASpaceFindsTheHostInAnother(t *testing.T) {
	needSpace(t)
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "toy")
	anna, bert := newPerson(t, lobby, "u1"), newPerson(t, lobby, "u2")
	anna.join("room1")
	bert.join(lobby.URL + "/invite/room1")
	program, part := os.Args[0], "NETHERLINK_TEST_PART="
	host := anna.start(anna.command("play", "toy", "--", "env", part+"host", program))
	testnet.Eventually(t, 40*time.Second, "the host runs", func() bool { return strings.Contains(host.String(), "toy host") })
	for _, test := range []struct{ name, kind, to string }{
		{"broadcast", "udp", "255.255.255.255:26900"},
		{"broadcast of the LAN", "udp", "100.127.255.255:26900"},
		{"from the game's own port", "same", "255.255.255.255:26900"},
		{"undeclared port", "udp", "255.255.255.255:31999"},
		{"announcement by multicast", "listen", "239.255.42.42:26901"},
		{"TCP", "tcp", ":26900"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := bert.run("play", "toy", "--guest", "--mode", "space", "--", "env", part+"ask", program, test.kind, test.to)
			if err != nil || !strings.Contains(out, "found anna") {
				t.Errorf("%v: %s\nhost: %s", err, out, host)
			}
		})
	}
	t.Run("nothing else is in the space", func(t *testing.T) {
		out, err := bert.run("play", "toy", "--mode", "space", "--", "env", part+"ask", program, "tcp", strings.TrimPrefix(lobby.URL, "http://"))
		if err == nil || strings.Contains(out, "found") {
			t.Errorf("the machine's own network was reached: %s", out)
		}
	})
	t.Run("the game's status is handed on", func(t *testing.T) {
		_, err := bert.run("play", "toy", "--mode", "space", "--", "sh", "-c", "exit 7")
		if ended, ok := err.(*exec.ExitError); !ok || ended.ExitCode() != 7 {
			t.Error(err)
		}
	})
	t.Run("learn", func(t *testing.T) {
		out, err := bert.run("learn", "mine", "--name", "My game", "--guest", "--", "env", part+"ask", program, "udp", "255.255.255.255:31999")
		if err != nil || !strings.Contains(out, "31999") {
			t.Fatalf("%v %s", err, out)
		}
		if out, err := bert.run("games", "my game"); err != nil || !strings.Contains(out, "31999") {
			t.Errorf("%v %s", err, out)
		}
	})
}

// A game from Debian, as it is: its server in one space is found by its search in the other.
func TestChocolateDoomIsFoundOnTheLAN(t *testing.T) {
	needSpace(t)
	server, client := findGame(t, "chocolate-server"), findGame(t, "chocolate-doom")
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "chocolate-doom")
	anna, bert := newPerson(t, lobby, "u1"), newPerson(t, lobby, "u2")
	anna.join("room1")
	bert.join("room1")
	host := anna.start(anna.command("play", "chocolate-doom", "--", server, "-servername", "Anna's doom", "-privateserver"))
	testnet.Eventually(t, 40*time.Second, "the host plays in the LAN", func() bool {
		out, err := anna.run("status")
		return err == nil && strings.Contains(out, "mode space") && strings.Contains(out, "LAN: connected")
	})
	var out string
	testnet.Eventually(t, 60*time.Second, "the server is in the list", func() bool {
		search := bert.command("play", "chocolate-doom", "--guest", "--", client, "-localsearch")
		search.Env = append(search.Env, "SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy", "HOME="+bert.home)
		raw, _ := search.CombinedOutput() // it ends with a status of its own
		out = string(raw)
		return strings.Contains(out, "Anna's doom")
	})
	t.Logf("%s", out)
	_ = host
}

func findGame(t *testing.T, name string) string {
	for _, folder := range []string{"/usr/games/", "/usr/bin/"} {
		if _, err := os.Stat(folder + name); err == nil {
			return folder + name
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// toyHost runs until it is ended.
func toyHost() {
	socket, err := net.ListenPacket("udp4", "0.0.0.0:26900")
	if err == nil {
		var side net.PacketConn
		side, err = net.ListenPacket("udp4", "0.0.0.0:31999")
		if err == nil {
			go answer(side)
		}
	}
	listener, err2 := net.Listen("tcp4", "0.0.0.0:26900")
	if err != nil || err2 != nil {
		fmt.Println(err, err2)
		os.Exit(1)
	}
	go answer(socket)
	go func() {
		announcer, err := net.Dial("udp4", "239.255.42.42:26901")
		for ; err == nil; time.Sleep(200 * time.Millisecond) {
			_, _ = announcer.Write([]byte("found anna"))
		}
	}()
	fmt.Println("toy host")
	for {
		guest, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		_, _ = guest.Write([]byte("found anna"))
		guest.Close()
	}
}

func answer(socket net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		_, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = socket.WriteTo([]byte("found anna"), from)
	}
}
