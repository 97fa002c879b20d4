package session

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/lan"
	"github.com/netherlink/netherlink/client/internal/mesh"
	"github.com/netherlink/netherlink/client/internal/node"
)

// Status is everything that may be shown; it holds no secret.
type Status struct {
	Server   string         `json:"server"`
	Username string         `json:"username"`
	UserID   string         `json:"user_id"`
	State    string         `json:"state"`
	Trouble  string         `json:"trouble,omitempty"`
	Room     *RoomStatus    `json:"room"`
	Address  string         `json:"address,omitempty"`
	Play     *Play          `json:"play"`
	Peers    []PeerStatus   `json:"peers"`
	Problems []string       `json:"problems"`
	Found    map[string]int `json:"discovery"`
}

// RoomStatus is the room in short.
type RoomStatus struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Game  string `json:"game"`
	Owner bool   `json:"owner"`
}

// PeerStatus is one device of another member.
type PeerStatus struct {
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Device   string `json:"device"`
	Address  string `json:"address"`
	// StandIn is where this machine's games reach the peer in the mode proxy.
	StandIn string  `json:"stand_in"`
	Online  bool    `json:"online"`
	Reached bool    `json:"reached"`
	Path    string  `json:"path"` // direct, relayed or unknown
	RTTms   float64 `json:"rtt_ms"`
	Loss    float64 `json:"loss"`
}

// Status as of now.
func (s *Session) Status(ctx context.Context) Status {
	s.mu.Lock()
	opened, speaking := s.node, s.mesh
	status := Status{
		Server: s.Client.Server, Username: s.Account.Username, UserID: s.Account.UserID, State: s.state, Trouble: s.trouble,
		Found: map[string]int{"in": s.found["in"], "out": s.found["out"]},
	}
	if s.play.Game != nil {
		play := s.play
		status.Play = &play
	}
	var members []api.Member
	if s.room != nil {
		status.Room = &RoomStatus{s.room.ID, s.room.Name, s.room.Game, s.room.OwnerID == s.Account.UserID}
		members = s.room.Members
	}
	peers := slices.Clone(s.peers)
	s.mu.Unlock()
	status.Problems = append([]string{}, s.Problems()...)
	status.Peers = []PeerStatus{}
	if opened == nil {
		return status
	}
	status.Address = opened.Self().String()
	asking, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	paths, _ := opened.Status(asking) // without it the paths are unknown
	for _, peer := range peers {
		if address, ok := peer.IP(); ok && address != opened.Self() {
			one := peerStatus(peer, members)
			one.StandIn = lan.StandIn(address).String()
			path, known := paths[address]
			one.measure(path, known, speaking.Way(address))
			status.Peers = append(status.Peers, one)
		}
	}
	return status
}

func peerStatus(peer api.Peer, members []api.Member) PeerStatus {
	one := PeerStatus{UserID: peer.UserID, Device: deviceName(peer.Device), Address: peer.Address, Online: peer.Online}
	for _, member := range members {
		if member.UserID == peer.UserID {
			one.Nickname = member.Nickname
		}
	}
	return one
}

func (p *PeerStatus) measure(path node.Path, known bool, way mesh.Way) {
	p.Reached, p.RTTms, p.Loss = way.Greeted, float64(way.RTT.Microseconds())/1000, way.Loss
	p.Path = "unknown"
	switch {
	case known && path.Direct:
		p.Path = "direct"
	case known && way.Greeted:
		p.Path = "relayed"
	}
}

// deviceName reads a device that is told as a name or as an object.
func deviceName(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	var device api.Device
	if json.Unmarshal(raw, &device) == nil {
		return strings.TrimSpace(device.Name)
	}
	return ""
}
