package main

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netherlink/netherlink/client/internal/lan/ifconfig"
	"github.com/netherlink/netherlink/client/internal/testnet"
)

const inside = "NETHERLINK_TEST_INSIDE"

// The mode tun changes the machine's network: this test has a machine of its own, a network namespace in which it is
// administrator. A guest with a TUN there meets a host in a space.
func TestTheMachinesOwnNetwork(t *testing.T) {
	needSpace(t)
	if os.Getenv(inside) == "" {
		again := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "180s")
		again.Env = append(os.Environ(), inside+"=1")
		again.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
			Pdeathsig:   syscall.SIGTERM,
		}
		if out, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := ifconfig.Up("lo"); err != nil {
		t.Fatal(err)
	}
	// Without a second address tailscale takes the machine for offline.
	other, err := ifconfig.Open("other")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := ifconfig.Configure("other", netip.MustParseAddr("10.9.9.1"), nil); err != nil {
		t.Fatal(err)
	}
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "toy")
	anna, bert := newPerson(t, lobby, "u1"), newPerson(t, lobby, "u2")
	anna.join("room1")
	bert.join("room1")
	program, part := os.Args[0], "NETHERLINK_TEST_PART="
	anna.start(anna.command("play", "toy", "--mode", "space", "--", "env", part+"host", program))
	if out, err := bert.run("play", "toy", "--guest", "--mode", "tun"); err != nil || !strings.Contains(out, "mode tun") {
		t.Fatalf("%v %s", err, out)
	}
	testnet.Eventually(t, 40*time.Second, "the host is reached", func() bool {
		out, err := bert.run("status")
		return err == nil && strings.Contains(out, " ms ")
	})
	for _, search := range [][]string{{"udp", "255.255.255.255:26900"}, {"same", "255.255.255.255:26900"}, {"tcp", ":26900"}} {
		ask := exec.Command(program, search...)
		ask.Env = append(os.Environ(), part+"ask")
		if out, err := ask.CombinedOutput(); err != nil || !strings.Contains(string(out), "found anna") {
			t.Errorf("%v: %v %s", search, err, out)
		}
	}
	if out, err := bert.run("stop"); err != nil {
		t.Errorf("%v %s", err, out)
	}
	testnet.Eventually(t, 20*time.Second, "the device is gone", func() bool {
		_, err := net.InterfaceByName("netherlink0")
		return err != nil
	})
}
