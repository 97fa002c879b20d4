// Package doctor says in plain words why a game is not found.
package doctor

import (
	"context"
	"fmt"
	"runtime"

	"github.com/netherlink/netherlink/client/internal/session"
)

// Finding is one thing that was looked at. Advice is empty when all is well.
type Finding struct {
	OK     bool   `json:"ok"`
	What   string `json:"what"`
	Advice string `json:"advice,omitempty"`
}

// Examine looks at everything from the server to the game.
func Examine(ctx context.Context, engine *session.Session) []Finding {
	return Judge(engine.Status(ctx), runtime.GOOS)
}

// Judge reads a status as a doctor would, on the given system.
func Judge(status session.Status, system string) []Finding {
	var found []Finding
	add := func(ok bool, good, bad, advice string) bool {
		if ok {
			found = append(found, Finding{OK: true, What: good})
		} else {
			found = append(found, Finding{What: bad, Advice: advice})
		}
		return ok
	}
	if !add(status.State != session.Ended, "You are logged in as "+status.Username+".", "Your login has been ended.",
		"Log in again: netherlink-companion login.") {
		return found
	}
	if !add(status.Room != nil, "You are in a room.", "You are in no room. "+status.Trouble, "Join one: netherlink-companion join LINK.") {
		return found
	}
	if !add(status.State == session.Connected, "You are in the room's LAN, with the address "+status.Address+".",
		"You are not in the room's LAN: "+status.Trouble, adviceOf(status)) {
		return found
	}
	reached := peers(status, add)
	game(status, system, add)
	if reached > 0 && status.Play != nil {
		discovery(status, add)
	}
	for _, problem := range status.Problems {
		add(false, "", problem, "Close the program that uses the port, or choose another mode: play GAME --mode space -- COMMAND.")
	}
	return found
}

type adder func(ok bool, good, bad, advice string) bool

func adviceOf(status session.Status) string {
	if status.State == session.Disabled {
		return "Ask the server's operator to switch the virtual LAN on."
	}
	return "It is tried again every few seconds. If it stays so, the way to the server's control port may be blocked (firewall, captive portal)."
}

func peers(status session.Status, add adder) int {
	reached := 0
	if !add(len(status.Peers) > 0, "Others are in the room's LAN.", "Nobody else is in the room's LAN yet.",
		"Every player needs the companion running in this room: netherlink-companion join LINK.") {
		return 0
	}
	for _, peer := range status.Peers {
		if !peer.Online && !peer.Reached {
			add(false, "", name(peer)+" is offline.", "Their companion is not running, or their network is down.")
			continue
		}
		if add(peer.Reached, fmt.Sprintf("%s is reached (%s, %.0f ms, %.0f %% lost).", name(peer), peer.Path, peer.RTTms, peer.Loss*100),
			name(peer)+" does not answer.", "Wait ten seconds; then let them restart their companion. A firewall may block both UDP and the relay.") {
			reached++
		}
		if peer.Loss > 0.1 {
			add(false, "", fmt.Sprintf("%.0f %% of what is sent to %s is lost.", peer.Loss*100, name(peer)), "A cable instead of Wi-Fi often helps.")
		}
	}
	return reached
}

func name(peer session.PeerStatus) string {
	if peer.Nickname != "" {
		return peer.Nickname
	}
	return "player " + peer.UserID
}

func game(status session.Status, system string, add adder) {
	if !add(status.Play != nil, "A game is open to the room.", "No game is open to the room.", "Say which: netherlink-companion play GAME.") {
		return
	}
	play := *status.Play
	if play.Mode != session.ModeProxy {
		return
	}
	if system == "darwin" {
		add(false, "", "macOS has only one loopback address: without administrator rights, games cannot see more than this machine.",
			"Start the companion with sudo and use play GAME --mode tun.")
	}
	if play.Game.SamePort && system == "linux" {
		add(false, "", play.Game.Name+" uses one port on both sides, which Linux gives to one program only.",
			"Start it by the companion: play "+play.Game.ID+" --mode space -- COMMAND.")
	}
	if len(play.Game.Discovery) == 0 {
		add(true, play.Game.Name+" has no search of its own: enter the host's address, which status shows, in the game.", "", "")
	}
	if play.Hosts {
		add(true, "You host: the game's ports are open to the room. Start the game's server first.", "", "")
	} else {
		add(true, "You are a guest: someone else hosts. If you host, say so: play "+play.Game.ID+" --host.", "", "")
	}
}

func discovery(status session.Status, add adder) {
	play := *status.Play
	if len(play.Game.Discovery) == 0 {
		return
	}
	seen := status.Found["out"] + status.Found["in"]
	if play.Hosts {
		return
	}
	add(seen > 0 || onlyAnnounced(play), "The game's search has been seen and passed on.",
		"The game has not searched the LAN yet, or on another port than is known of it.",
		"Open the game's LAN list. If it is open: netherlink-companion learn "+play.Game.ID+" -- COMMAND finds the ports.")
}

func onlyAnnounced(play session.Play) bool {
	for _, discovery := range play.Game.Discovery {
		if discovery.From == "joiner" {
			return false
		}
	}
	return true
}
