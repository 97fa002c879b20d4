package doctor

import (
	"strings"
	"testing"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/session"
)

func TestJudge(t *testing.T) {
	room := &session.RoomStatus{ID: "1", Name: "room"}
	here := session.PeerStatus{Nickname: "Anna", Online: true, Reached: true, Path: "direct"}
	toy := &games.Profile{ID: "toy", Name: "Toy", Discovery: []games.Discovery{{Port: 1, From: games.FromJoiner}}}
	same := &games.Profile{ID: "same", Name: "Same", SamePort: true}
	seen := map[string]int{"out": 1}
	for _, test := range []struct {
		name, system string
		status       session.Status
		want         string // in the advice; empty: all is well
	}{
		{"logged out", "linux", session.Status{State: session.Ended}, "Log in again"},
		{"no room", "linux", session.Status{State: session.Idle}, "Join one"},
		{"no LAN", "linux", session.Status{State: session.Disabled, Room: room}, "operator"},
		{"connecting", "linux", session.Status{State: session.Connecting, Room: room}, "firewall"},
		{"alone", "linux", session.Status{State: session.Connected, Room: room}, "Every player"},
		{"offline", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{{Nickname: "Anna"}}}, "not running"},
		{"silent", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{{Nickname: "Anna", Online: true}}}, "restart"},
		{"no game", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here}}, "play GAME"},
		{"not searched", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here},
			Play: &session.Play{Game: toy, Mode: session.ModeProxy}}, "learn toy"},
		{"one port on both sides", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here},
			Play: &session.Play{Game: same, Mode: session.ModeProxy}}, "--mode space"},
		{"macOS", "darwin", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here}, Found: seen,
			Play: &session.Play{Game: toy, Mode: session.ModeProxy}}, "sudo"},
		{"port in use", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here}, Found: seen,
			Play: &session.Play{Game: toy, Mode: session.ModeProxy}, Problems: []string{"port 1 is in use"}}, "Close the program"},
		{"well", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here}, Found: seen,
			Play: &session.Play{Game: toy, Mode: session.ModeProxy}}, ""},
		{"well in a space", "linux", session.Status{State: session.Connected, Room: room, Peers: []session.PeerStatus{here}, Found: seen,
			Play: &session.Play{Game: same, Mode: session.ModeSpace}}, ""},
	} {
		var advice []string
		for _, finding := range Judge(test.status, test.system) {
			if finding.What == "" {
				t.Errorf("%s: says nothing", test.name)
			}
			if !finding.OK {
				advice = append(advice, finding.Advice)
			}
		}
		all := strings.Join(advice, "\n")
		if test.want == "" && all != "" || !strings.Contains(all, test.want) {
			t.Errorf("%s: %q", test.name, all)
		}
	}
}
