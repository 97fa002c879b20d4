package session_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/netherlink/netherlink/client/internal/session"
	"github.com/netherlink/netherlink/client/internal/testnet"
)

// connect opens a TCP connection of a game to a peer and says hello, until both work.
func connect(t *testing.T, standIn string) net.Conn {
	t.Helper()
	var connection net.Conn
	testnet.Eventually(t, 20*time.Second, "a TCP connection", func() bool {
		var err error
		if connection, err = net.DialTimeout("tcp4", standIn+":"+toy, time.Second); err != nil {
			return false
		}
		connection.SetDeadline(time.Now().Add(5 * time.Second))
		connection.Write([]byte("hello"))
		if _, err = connection.Read(make([]byte, 100)); err != nil {
			connection.Close()
			return false
		}
		return true
	})
	t.Cleanup(func() { connection.Close() })
	return connection
}

// ends tells whether a connection ends within the time, without anybody sending.
func ends(connection net.Conn, limit time.Duration) bool {
	connection.SetReadDeadline(time.Now().Add(limit))
	_, err := connection.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return err != nil && (!ok || !timeout.Timeout())
}

func TestWhatIsOpenAndToWhom(t *testing.T) {
	h := testnet.StartHeadscale(t)
	lobby := testnet.StartLobby(t, h)
	lobby.Room("room1", "u1", "toy")
	lobby.Room("room2", "u4", "toy")
	host, guest, stranger := testnet.Player(t, lobby, "u1"), testnet.Player(t, lobby, "u2"), testnet.Player(t, lobby, "u3")
	join(t, host, "room1")
	join(t, guest, "room1")
	join(t, stranger, "room2")
	neighbour := testnet.Player(t, lobby, "u4")
	join(t, neighbour, "room2")
	testnet.Host(t, "127.0.0.1:"+toy, "anna")
	play(t, host, toHost)
	play(t, guest, toGuest)
	play(t, stranger, toGuest)
	peer := reached(t, guest, 1)
	reached(t, stranger, 1)

	t.Run("only declared ports", func(t *testing.T) {
		// The toy declares no TCP port 26901; a server of this machine listens there all the same.
		secret, err := net.Listen("tcp4", "127.0.0.1:26901")
		if err != nil {
			t.Fatal(err)
		}
		defer secret.Close()
		if connection, err := guest.DialForTest(peer.Address, 26901); err == nil {
			connection.Close()
			t.Error("an undeclared port was reached")
		}
		connection, err := guest.DialForTest(peer.Address, testnet.ToyPort)
		if err != nil {
			t.Fatal(err)
		}
		connection.Close()
	})
	t.Run("only when a game is active", func(t *testing.T) {
		host.Stop()
		if connection, err := guest.DialForTest(peer.Address, testnet.ToyPort); err == nil {
			connection.Close()
			t.Error("a port was open without a game")
		}
		play(t, host, toHost)
	})
	t.Run("only members", func(t *testing.T) {
		if connection, err := stranger.DialForTest(peer.Address, testnet.ToyPort); err == nil {
			connection.Close()
			t.Error("a member of another room got in")
		}
		for _, other := range stranger.Status(context.Background()).Peers {
			if other.Nickname != "u4" {
				t.Errorf("sees %s", other.Nickname)
			}
		}
	})
	t.Run("not a member of the room although the policy lets it in", func(t *testing.T) {
		// The control server may be late, or wrong: the companion looks for itself.
		h.Policy(map[string][]string{"room1": {"u1", "u2", "u3"}, "room2": {"u3", "u4"}})
		defer lobby.Put()
		testnet.Eventually(t, 20*time.Second, "the policy is in force", func() bool { return stranger.KnowsForTest(peer.Address) })
		if connection, err := stranger.DialForTest(peer.Address, testnet.ToyPort); err == nil {
			connection.SetDeadline(time.Now().Add(3 * time.Second))
			connection.Write([]byte("hello"))
			if n, _ := connection.Read(make([]byte, 10)); n > 0 {
				t.Error("a stranger got an answer")
			}
			connection.Close()
		}
	})
	t.Run("an address that is no peer is not dialled over the machine's own network", func(t *testing.T) {
		trap, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer trap.Close()
		port := trap.Addr().(*net.TCPAddr).Port
		if connection, err := guest.DialForTest("127.0.0.1", uint16(port)); err == nil {
			connection.Close()
			t.Error("reached this machine's own network")
		}
	})
	t.Run("a removed player's flows are cut at once", func(t *testing.T) {
		connection := connect(t, peer.StandIn)
		lobby.Kick("room1", "u2")
		if !ends(connection, 5*time.Second) {
			t.Error("the connection froze")
		}
		testnet.Eventually(t, 10*time.Second, "the kicked player has left the LAN", func() bool {
			now := guest.Status(context.Background())
			return now.Room == nil && now.Address == "" && now.State == session.Idle
		})
		testnet.Eventually(t, 10*time.Second, "the host has forgotten them", func() bool {
			return len(host.Status(context.Background()).Peers) == 0
		})
	})
}

func TestHostsSideIsCutWhenAGuestIsRemoved(t *testing.T) {
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "toy")
	host, guest, third := testnet.Player(t, lobby, "u1"), testnet.Player(t, lobby, "u2"), testnet.Player(t, lobby, "u3")
	for _, player := range []*session.Session{host, guest, third} {
		join(t, player, "room1")
	}
	// A game that waits in silence: only its end of the connection can tell it.
	listener, err := net.Listen("tcp4", "127.0.0.1:"+toy)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	play(t, host, toHost)
	// A host's game that starts after the companion gets its port, and does not share it.
	own, err := net.ListenPacket("udp4", "0.0.0.0:"+toy)
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
	play(t, guest, toGuest)
	peer := hostOf(t, guest, "u1")
	ours, err := net.DialTimeout("tcp4", peer.StandIn+":"+toy, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	lobby.Kick("room1", "u2")
	if !ends(theirs, 5*time.Second) {
		t.Error("the host's game was not told")
	}
}

// hostOf waits until a player has reached another by name.
func hostOf(t *testing.T, player *session.Session, name string) session.PeerStatus {
	t.Helper()
	var found session.PeerStatus
	testnet.Eventually(t, 40*time.Second, name+" is reached", func() bool {
		for _, peer := range player.Status(context.Background()).Peers {
			if peer.Nickname == name && peer.Reached {
				found = peer
				return true
			}
		}
		return false
	})
	return found
}

// Two players who both search: each hears the other's search, and must not send it on.
func TestJoinersDoNotEcho(t *testing.T) {
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "toy")
	first, second := testnet.Player(t, lobby, "u2"), testnet.Player(t, lobby, "u3")
	join(t, first, "room1")
	join(t, second, "room1")
	play(t, first, toGuest)
	play(t, second, toGuest)
	reached(t, first, 1)
	reached(t, second, 1)
	game := testnet.UDP(t, "0.0.0.0:0", true)
	for range 5 {
		game.WriteToUDPAddrPort([]byte("who"), netip.MustParseAddrPort(broadcast))
	}
	count := func() int {
		return first.Status(context.Background()).Found["out"] + second.Status(context.Background()).Found["out"]
	}
	testnet.Eventually(t, 10*time.Second, "both have seen the search of this machine", func() bool { return count() >= 10 })
	time.Sleep(time.Second) // an echo would go on
	if n := count(); n > 12 {
		t.Errorf("5 packets became %d", n)
	}
}

func TestFirstContactIsQuick(t *testing.T) {
	lobby := testnet.StartLobby(t, testnet.StartHeadscale(t))
	lobby.Room("room1", "u1", "toy")
	host, guest := testnet.Player(t, lobby, "u1"), testnet.Player(t, lobby, "u2")
	join(t, host, "room1")
	join(t, guest, "room1")
	known := time.Now()
	testnet.Eventually(t, 30*time.Second, "the server lists the other", func() bool {
		known = time.Now()
		return len(guest.Status(context.Background()).Peers) > 0
	})
	reached(t, guest, 1)
	t.Logf("greeted %v after the server had told the address", time.Since(known).Round(time.Millisecond))
}

func TestLostDatabaseAndLostSockets(t *testing.T) {
	h := testnet.StartHeadscale(t)
	lobby := testnet.StartLobby(t, h)
	lobby.Room("room1", "u1", "toy")
	host, guest := testnet.Player(t, lobby, "u1"), testnet.Player(t, lobby, "u2")
	join(t, host, "room1")
	join(t, guest, "room1")
	testnet.Host(t, "127.0.0.1:"+toy, "anna")
	play(t, host, toHost)
	play(t, guest, toGuest)
	game := testnet.UDP(t, "0.0.0.0:0", true)
	reached(t, guest, 1)
	testnet.Ask(t, game, broadcast, "who", "host anna", 20*time.Second)

	lobby.ExpireAccess()
	lobby.DropSockets()
	testnet.Ask(t, game, broadcast, "who", "host anna", 20*time.Second)

	// Both have to have been listed, so that they notice when they are not.
	reached(t, host, 1)
	h.LoseDatabase()
	lobby.Put()
	lobby.TellUpdated()
	testnet.Eventually(t, 60*time.Second, "both have new nodes", func() bool {
		nodes, err := h.Nodes()
		return err == nil && len(nodes) >= 2
	})
	testnet.Ask(t, game, broadcast, "who", "host anna", 60*time.Second)
}

func TestEndsOfASession(t *testing.T) {
	h := testnet.StartHeadscale(t)
	lobby := testnet.StartLobby(t, h)
	for _, room := range []string{"room1", "room2"} {
		lobby.Room(room, "u1", "toy")
	}
	ctx := context.Background()
	t.Run("leave", func(t *testing.T) {
		player := testnet.Player(t, lobby, "u1")
		join(t, player, "room1")
		if err := player.Leave(ctx); err != nil {
			t.Fatal(err)
		}
		if err := player.Leave(ctx); err == nil {
			t.Error("left twice")
		}
		testnet.Eventually(t, 10*time.Second, "the control server has forgotten the node", func() bool {
			nodes, err := h.Nodes()
			return err == nil && len(nodes) == 0
		})
	})
	t.Run("room closed", func(t *testing.T) {
		player := testnet.Player(t, lobby, "u1")
		join(t, player, "room2")
		lobby.CloseRoom("room2")
		testnet.Eventually(t, 10*time.Second, "left", func() bool { return player.Status(ctx).Room == nil })
	})
	t.Run("login revoked", func(t *testing.T) {
		player := testnet.Player(t, lobby, "u1")
		join(t, player, "room1")
		lobby.Revoke("u1")
		select {
		case <-player.Ended():
		case <-time.After(20 * time.Second):
			t.Error("goes on")
		}
		if now := player.Status(ctx); now.State != session.Ended || now.Address != "" {
			t.Errorf("%+v", now)
		}
	})
}

func TestNoLANAndNotYet(t *testing.T) {
	lobby := testnet.StartLobby(t, nil)
	lobby.Room("room1", "u1", "toy")
	lobby.Disabled = true
	first := testnet.Player(t, lobby, "u1")
	if _, err := first.Join(context.Background(), "room1", "", false); err != nil {
		t.Fatal(err)
	}
	testnet.Eventually(t, 10*time.Second, "disabled", func() bool { return first.Status(context.Background()).State == session.Disabled })
	if _, err := first.Join(context.Background(), "https://other.example/invite/room1", "", false); err != session.ErrOtherServer {
		t.Error(err)
	}
	if _, err := first.Start("no such game", nil); err == nil {
		t.Error("a game that is not there")
	}
}

func TestSecretsStayInTheirFiles(t *testing.T) {
	lobby := testnet.StartLobby(t, nil)
	folder, account := testnet.Login(t, lobby, "u1")
	for _, name := range []string{"account.json"} {
		info, err := os.Stat(folder.File(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	lock, err := folder.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Lock(); err == nil {
		t.Error("two companions of one account")
	}
	lock.Close()
	player := testnet.Run(t, folder, account)
	if err := player.Client.Call(context.Background(), "GET", "/rooms/none", nil, nil); err == nil {
		t.Error("no room is there")
	}
	kept, err := folder.Account()
	if err != nil || kept.RefreshToken == account.RefreshToken || kept.RefreshToken == "" {
		t.Errorf("the refresh token was not rotated: %v", err)
	}
}
