package session

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/tailscale/wireguard-go/tun"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan/ifconfig"
	"github.com/netherlink/netherlink/client/internal/lan/tunnel"
)

// Link is a TUN device that the node uses instead of sockets of this machine: that of a space, or the system's own.
type Link struct {
	Mode string
	// Open makes the device for one node, which closes it.
	Open func() (tun.Device, error)
	// Address is told the node's address, each time that it is up.
	Address func(netip.Addr) error
	tunnel  *tunnel.Tunnel
}

func (l *Link) device() (tun.Device, error) {
	if l == nil {
		return nil, nil
	}
	inner, err := l.Open()
	if err != nil {
		return nil, err
	}
	return l.tunnel.Wrap(inner), nil
}

func (l *Link) tell(address netip.Addr) error {
	if l == nil {
		return nil
	}
	return l.Address(address)
}

// Attach makes the node use the link, until Detach. name may be empty in a space, where nothing but the game is behind the
// device and all its ports may be open; hosts nil: the room's owner hosts.
func (s *Session) Attach(link *Link, name string, hosts *bool, learning bool) error {
	game, ok := s.Games.Find(name)
	if !ok && (name != "" || link.Mode != ModeSpace) {
		return fmt.Errorf("no game is called %q: netherlink-companion games lists them", name)
	}
	s.mu.Lock()
	if s.room == nil {
		s.mu.Unlock()
		return ErrNoRoom
	}
	if s.link != nil {
		s.mu.Unlock()
		return fmt.Errorf("a game is running in the mode %s: end it first", s.play.Mode)
	}
	if !ok {
		game = games.Profile{ID: "unknown", Name: "a game that is watched"}
	}
	s.play = Play{Game: &game, Mode: link.Mode, Hosts: s.room.OwnerID == s.Account.UserID}
	if hosts != nil {
		s.play.Hosts = *hosts
	}
	options := tunnel.Options{Hosts: s.play.Hosts, Relay: s.relay, Seen: s.saw}
	if link.Mode != ModeSpace {
		options.Game = &game
	}
	if learning {
		s.seen = newObserved(s.play.Hosts)
		options.Watch = s.seen.packet
	}
	link.tunnel = tunnel.New(options)
	s.link = link
	s.mu.Unlock()
	s.disconnect()
	s.Wake()
	return nil
}

// Detach goes back to the mode proxy, with no game.
func (s *Session) Detach(link *Link) {
	s.mu.Lock()
	if s.link != link {
		s.mu.Unlock()
		return
	}
	s.link = nil
	s.play = Play{}
	s.mu.Unlock()
	s.disconnect()
	s.Wake()
}

// relay sends a packet to everyone in the room.
func (s *Session) relay(packet []byte) {
	s.mu.Lock()
	speaking := s.mesh
	s.mu.Unlock()
	if speaking != nil {
		speaking.Relay(packet)
	}
}

// Learned makes a profile of what was seen since the last start with learning.
func (s *Session) Learned(id, name string) (games.Profile, error) {
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	if seen == nil {
		return games.Profile{}, fmt.Errorf("nothing has been watched: netherlink-companion learn %s -- COMMAND", id)
	}
	profile, err := seen.profile(id, name)
	if err != nil {
		return profile, err
	}
	return profile, games.Keep(s.Folder, profile)
}

// StartTUN opens a game to the room through a device of this machine's own network, which needs administrator rights.
func (s *Session) StartTUN(name string, hosts *bool) (Play, error) {
	game, ok := s.Games.Find(name)
	if !ok {
		return Play{}, fmt.Errorf("no game is called %q: netherlink-companion games lists them", name)
	}
	if err := s.Attach(systemLink(game), name, hosts, false); err != nil {
		return Play{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.play, nil
}

// systemLink has a route for broadcasts, and for the groups that the game uses: other multicast stays where it is.
func systemLink(game games.Profile) *Link {
	routes := []netip.Prefix{ifconfig.Broadcast}
	for _, discovery := range game.Discovery {
		if group, err := netip.ParseAddr(discovery.Group); err == nil {
			routes = append(routes, netip.PrefixFrom(group, 32))
		}
	}
	var mu sync.Mutex
	var name string
	return &Link{
		Mode: ModeTUN,
		Open: func() (tun.Device, error) {
			device, err := ifconfig.System()
			if err != nil {
				return nil, fmt.Errorf("the mode tun needs administrator rights: %w", err)
			}
			mu.Lock()
			defer mu.Unlock()
			name, err = device.Name()
			return device, err
		},
		Address: func(address netip.Addr) error {
			mu.Lock()
			defer mu.Unlock()
			return ifconfig.Configure(name, address, routes)
		},
	}
}
