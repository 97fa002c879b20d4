package session

import (
	"fmt"
	"slices"

	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/lan/proxy"
)

// Modes of carrying packets.
const (
	ModeProxy = "proxy"
	ModeSpace = "space"
	ModeTUN   = "tun"
)

// Play is the game that is open to the room.
type Play struct {
	Game  *games.Profile `json:"game"`
	Hosts bool           `json:"hosts"`
	Mode  string         `json:"mode"`
}

// Start opens a game's ports to the room, in the mode proxy. hosts nil: the room's owner hosts.
func (s *Session) Start(name string, hosts *bool) (Play, error) {
	game, ok := s.Games.Find(name)
	if !ok {
		return Play{}, fmt.Errorf("no game is called %q: netherlink-companion games lists them", name)
	}
	s.mu.Lock()
	if s.room == nil {
		s.mu.Unlock()
		return Play{}, ErrNoRoom
	}
	if s.link != nil {
		s.mu.Unlock()
		return Play{}, fmt.Errorf("a game is running in the mode %s: end it first", s.play.Mode)
	}
	s.play = Play{Game: &game, Mode: ModeProxy, Hosts: s.room.OwnerID == s.Account.UserID}
	if hosts != nil {
		s.play.Hosts = *hosts
	}
	play := s.play
	clear(s.found)
	s.mu.Unlock()
	s.restartCarrier()
	return play, nil
}

// Stop closes the game's ports. A game in a space of its own ends by itself.
func (s *Session) Stop() {
	s.mu.Lock()
	link := s.link
	if link == nil {
		s.play = Play{}
	}
	s.mu.Unlock()
	switch {
	case link == nil:
		s.restartCarrier()
	case link.Mode == ModeTUN:
		s.Detach(link)
	}
}

func (s *Session) restartCarrier() {
	s.change.Lock()
	defer s.change.Unlock()
	s.stopCarrier()
	s.startCarrier()
}

// startCarrier opens what the game in play needs. The caller holds change.
func (s *Session) startCarrier() {
	s.mu.Lock()
	play, opened, carrying, link := s.play, s.node, s.carrier, s.link
	s.mu.Unlock()
	if opened == nil || carrying != nil || play.Game == nil && link == nil {
		return
	}
	var started carrier
	if link != nil {
		started = link.tunnel
	} else {
		started = proxy.Start(proxy.Options{Net: opened, Game: *play.Game, Hosts: play.Hosts, Seen: s.saw})
	}
	s.mu.Lock()
	s.carrier = started
	s.mu.Unlock()
	s.tellMembers()
}

// stopCarrier ends all flows of the game. The caller holds change.
func (s *Session) stopCarrier() {
	s.mu.Lock()
	carrying := s.carrier
	s.carrier = nil
	s.mu.Unlock()
	if carrying != nil {
		carrying.Close()
	}
}

func (s *Session) problem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := err.Error(); !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// saw counts discovery packets, for the doctor.
func (s *Session) saw(direction string) {
	s.mu.Lock()
	s.found[direction]++
	s.mu.Unlock()
}

// Problems says in words what does not work.
func (s *Session) Problems() []string {
	s.mu.Lock()
	carrying, notes := s.carrier, slices.Clone(s.notes)
	s.mu.Unlock()
	if carrying != nil {
		notes = append(notes, carrying.Problems()...)
	}
	return notes
}
