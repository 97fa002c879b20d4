package session

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/mesh"
	"github.com/netherlink/netherlink/client/internal/node"
)

// settle makes what is so into what should be so. Only Run calls it.
func (s *Session) settle(ctx context.Context) {
	s.mu.Lock()
	room, state, up, fresh := s.room, s.state, s.node != nil, s.fresh
	s.mu.Unlock()
	if room == nil || state == Disabled {
		return
	}
	if fresh && up {
		s.disconnect()
		up = false
	}
	if !up {
		if !s.connect(ctx, room.ID) {
			return
		}
	}
	s.refresh(ctx, room.ID)
}

// connect opens the node with a fresh key; false when that has to be tried again later.
func (s *Session) connect(ctx context.Context, room string) bool {
	asking, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	vpn, err := s.Client.PreAuthKey(asking, room, s.device)
	switch {
	case api.CodeOf(err) == "vpn.disabled" || err == nil && vpn.Status == "disabled":
		s.setState(Disabled, "this server has no virtual LAN")
		return false
	case err != nil && s.lost(err):
		return false
	case err != nil:
		s.setState(Connecting, err.Error())
		s.again(err)
		return false
	case vpn.Status != "ready" || vpn.PreAuthKey == "":
		s.setState(Connecting, "the virtual LAN is not ready yet")
		s.wakeAfter(2 * time.Second)
		return false
	}
	if err := s.open(asking, vpn, room); err != nil {
		s.setState(Connecting, err.Error())
		s.wakeAfter(3 * time.Second)
		return false
	}
	s.setState(Connected, "")
	return true
}

// open brings up node, mesh and carrier; all of them or none.
func (s *Session) open(ctx context.Context, vpn api.VPN, room string) error {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.Lock()
	link := s.link
	s.mu.Unlock()
	device, err := link.device()
	if err != nil {
		return err
	}
	opened, err := node.Open(ctx, node.Options{
		Folder: s.Folder.NodeFolder(s.Account, s.device), Name: "netherlink-" + s.Account.UserID,
		ControlURL: vpn.ControlURL, Key: vpn.PreAuthKey, Device: device,
	})
	if err != nil {
		return err
	}
	speaking, err := mesh.New(opened, s.relayed, s.strangerGreets)
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	s.mu.Lock()
	if s.room == nil || s.room.ID != room {
		s.mu.Unlock()
		speaking.Close()
		opened.Close()
		return ErrNoRoom
	}
	s.node, s.mesh, s.fresh, s.seenSelf, s.doubted, s.opened = opened, speaking, false, false, false, time.Now()
	s.mu.Unlock()
	if err := link.tell(opened.Self()); err != nil {
		s.problem(err)
	}
	s.startCarrier()
	return nil
}

// disconnect closes carrier, mesh and node. The room stays.
func (s *Session) disconnect() {
	s.change.Lock()
	defer s.change.Unlock()
	s.stopCarrier()
	s.mu.Lock()
	opened, speaking := s.node, s.mesh
	s.node, s.mesh, s.fresh = nil, nil, false
	if s.state == Connected {
		s.state = Connecting
	}
	s.mu.Unlock()
	if speaking != nil {
		speaking.Close()
	}
	if opened != nil {
		if err := opened.Close(); err != nil {
			s.log.Warn("leaving the virtual LAN", "error", err)
		}
	}
}

// refresh reads who is in the room and where.
func (s *Session) refresh(ctx context.Context, id string) {
	asking, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	room, err := s.Client.Room(asking, id)
	if err == nil {
		var peers []api.Peer
		if peers, err = s.Client.Peers(asking, id); err == nil {
			s.adopt(room, peers)
			return
		}
	}
	if !s.lost(err) {
		s.again(err)
	}
}

// lost recognises that one is no longer in the room.
func (s *Session) lost(err error) bool {
	switch api.CodeOf(err) {
	case "resource.not_found", "room.forbidden", "room.banned", "room.not_member", "room.not_found":
		s.forget("you are no longer in the room")
		return true
	}
	return false
}

func (s *Session) again(err error) {
	var problem *api.Problem
	pause := 2 * time.Second
	if errors.As(err, &problem) && problem.RetryAfter > 0 {
		pause = problem.RetryAfter
	}
	s.wakeAfter(pause)
}

func (s *Session) wakeAfter(pause time.Duration) { time.AfterFunc(pause, s.Wake) }

// adopt takes over what the server said.
func (s *Session) adopt(room api.Room, peers []api.Peer) {
	s.mu.Lock()
	if s.room == nil || s.room.ID != room.ID {
		s.mu.Unlock()
		return
	}
	hosted := s.room.OwnerID
	s.room, s.peers = &room, peers
	s.noticeSelf()
	s.mu.Unlock()
	s.tellMembers()
	if hosted != room.OwnerID {
		s.restartCarrier()
	}
}

// noticeSelf: a node that the server listed and lists no more is unknown to its control server (which has lost its
// database, or deleted it): tailscale would go on with old peers for ever. The caller holds mu.
func (s *Session) noticeSelf() {
	if s.node == nil {
		return
	}
	listed := false
	for _, peer := range s.peers {
		if address, ok := peer.IP(); ok && address == s.node.Self() && peer.UserID == s.Account.UserID {
			listed = true
		}
	}
	switch age := time.Since(s.opened); {
	case listed:
		s.seenSelf, s.doubted = true, false
	case s.seenSelf, s.doubted && age > settling:
		s.fresh = true
		s.Wake()
	case s.doubted:
		s.wakeAfter(settling - age)
	}
}

// settling is how long the server may take to list a new node.
const settling = 10 * time.Second

// tellMembers hands the addresses of the others to whoever lets packets through.
func (s *Session) tellMembers() {
	s.mu.Lock()
	addresses := s.addresses()
	speaking, carrying := s.mesh, s.carrier
	s.mu.Unlock()
	if speaking != nil {
		speaking.SetPeers(addresses)
	}
	if carrying != nil {
		carrying.SetMembers(addresses)
	}
}

// addresses of the other devices in the room, of people who are members. The caller holds mu.
func (s *Session) addresses() []netip.Addr {
	if s.room == nil || s.node == nil {
		return nil
	}
	var all []netip.Addr
	for _, peer := range s.peers {
		if address, ok := peer.IP(); ok && address != s.node.Self() && s.isMember(peer.UserID) {
			all = append(all, address)
		}
	}
	return all
}

func (s *Session) isMember(user string) bool {
	for _, member := range s.room.Members {
		if member.UserID == user {
			return true
		}
	}
	return false
}

func (s *Session) relayed(from netip.Addr, packet []byte) {
	s.mu.Lock()
	carrying := s.carrier
	s.mu.Unlock()
	if carrying != nil {
		carrying.Relayed(from, packet)
	}
}

// strangerGreets: the control server lets somebody through whom the list of peers does not name yet.
func (s *Session) strangerGreets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asking && s.room != nil {
		s.asking = true
		time.AfterFunc(500*time.Millisecond, func() {
			s.mu.Lock()
			s.asking = false
			s.mu.Unlock()
			s.Wake()
		})
	}
}
