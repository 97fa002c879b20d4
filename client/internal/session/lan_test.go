package session_test

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netherlink/netherlink/client/internal/session"
	"github.com/netherlink/netherlink/client/internal/testnet"
)

func TestMain(m *testing.M) {
	testnet.Prepare()
	os.Exit(m.Run())
}

var (
	toy       = strconv.Itoa(testnet.ToyPort)
	toHost    = true
	toGuest   = false
	broadcast = "255.255.255.255:" + toy
)

// join enters a room and waits until the LAN is there.
func join(t *testing.T, player *session.Session, code string) {
	t.Helper()
	if _, err := player.Join(context.Background(), code, "", false); err != nil {
		t.Fatal(err)
	}
	testnet.Eventually(t, 40*time.Second, "connected", func() bool {
		return player.Status(context.Background()).State == session.Connected
	})
}

// reached waits until a player has greeted n others, and answers the first.
func reached(t *testing.T, player *session.Session, n int) session.PeerStatus {
	t.Helper()
	var first session.PeerStatus
	testnet.Eventually(t, 40*time.Second, "peers are reached", func() bool {
		count := 0
		for _, peer := range player.Status(context.Background()).Peers {
			if peer.Reached {
				first = peer
				count++
			}
		}
		return count >= n
	})
	return first
}

func play(t *testing.T, player *session.Session, hosts bool) {
	t.Helper()
	if _, err := player.Start("toy", &hosts); err != nil {
		t.Fatal(err)
	}
}

func TestTwoPlayersFindEachOtherAndPlay(t *testing.T) {
	h := testnet.StartHeadscale(t)
	lobby := testnet.StartLobby(t, h)
	lobby.Room("room1", "u1", "toy")
	host, guest := testnet.Player(t, lobby, "u1"), testnet.Player(t, lobby, "u2")
	join(t, host, "room1")
	join(t, guest, lobby.URL+"/invite/room1")
	testnet.Host(t, "127.0.0.1:"+toy, "anna")
	play(t, host, toHost)
	play(t, guest, toGuest)
	peer := reached(t, guest, 1)
	if back := reached(t, host, 1); back.Nickname != "u2" || peer.Nickname != "u1" {
		t.Errorf("%v %v", peer, back)
	}
	game := testnet.UDP(t, "0.0.0.0:0", true)

	t.Run("by broadcast", func(t *testing.T) {
		_, from := testnet.Ask(t, game, broadcast, "who", "host anna", 10*time.Second)
		if from.String() != peer.StandIn+":"+toy {
			t.Errorf("the host seems to be at %v, not %s", from, peer.StandIn)
		}
	})
	t.Run("to the address found, port kept", func(t *testing.T) {
		answer, _ := testnet.Ask(t, game, peer.StandIn+":"+toy, "me", "you ", 10*time.Second)
		own := game.LocalAddr().(*net.UDPAddr).Port
		if !strings.HasSuffix(answer, ":"+strconv.Itoa(own)) || !strings.HasPrefix(answer, "you 127.") {
			t.Errorf("%s, the game's port is %d", answer, own)
		}
	})
	t.Run("host answers from another port", func(t *testing.T) {
		_, from := testnet.Ask(t, game, broadcast, "side", "side anna", 10*time.Second)
		if from.Addr().String() != peer.StandIn || from.Port() == testnet.ToyPort {
			t.Errorf("%v", from)
		}
	})
	t.Run("several clients behind one player", func(t *testing.T) {
		other := testnet.UDP(t, "0.0.0.0:0", true)
		testnet.Ask(t, other, broadcast, "who", "host anna", 10*time.Second)
		testnet.Ask(t, game, broadcast, "who", "host anna", 10*time.Second)
	})
	t.Run("TCP", func(t *testing.T) {
		connection, err := net.DialTimeout("tcp4", peer.StandIn+":"+toy, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		connection.SetDeadline(time.Now().Add(10 * time.Second))
		connection.Write([]byte("hello"))
		buffer := make([]byte, 100)
		n, err := connection.Read(buffer)
		if err != nil || !strings.HasSuffix(string(buffer[:n]), "|hello") || !strings.HasPrefix(string(buffer[:n]), "127.") {
			t.Errorf("%q %v", buffer[:n], err)
		}
	})
	t.Run("discovery is seen", func(t *testing.T) {
		if status := guest.Status(context.Background()); status.Found["out"] == 0 {
			t.Error("nothing was counted")
		}
	})
}
