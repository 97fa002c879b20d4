// Package session is the companion's engine: one account, at most one room, its node in the virtual LAN, the game that is played.
package session

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/games"
	"github.com/netherlink/netherlink/client/internal/link"
	"github.com/netherlink/netherlink/client/internal/mesh"
	"github.com/netherlink/netherlink/client/internal/node"
)

// States of the way into the virtual LAN.
const (
	Idle       = "idle"       // in no room
	Connecting = "connecting" // in a room, not yet in its LAN
	Connected  = "connected"
	Disabled   = "disabled" // the server has no virtual LAN
	Ended      = "ended"    // the login has been ended
)

var (
	// ErrNoRoom is for what needs a room.
	ErrNoRoom = errors.New("you are in no room: netherlink-companion join LINK")
	// ErrOtherServer is for a link to another server than the account's.
	ErrOtherServer = errors.New("this room is on another server: log in there first")
)

// carrier is one way of carrying the game's packets.
type carrier interface {
	SetMembers([]netip.Addr)
	Relayed(from netip.Addr, packet []byte)
	Problems() []string
	Close() error
}

// Session is safe for use by several goroutines.
type Session struct {
	Folder  config.Folder
	Account config.Account
	Client  *api.Client
	Games   games.List
	device  string
	log     *slog.Logger

	wake   chan struct{} // something to look at
	ended  chan struct{}
	change sync.Mutex // held while the node or the carrier is replaced

	mu       sync.Mutex
	state    string
	trouble  string
	room     *api.Room
	peers    []api.Peer
	node     *node.Node
	mesh     *mesh.Mesh
	carrier  carrier
	play     Play
	link     *Link // the device that the node is to use; nil: none
	seen     *observed
	seenSelf bool
	asking   bool // the list of peers is about to be read because a stranger greeted
	fresh    bool // the node has to be opened anew with a fresh key
	doubted  bool // the server says that this device's node is gone; it may mean the one before
	opened   time.Time
	notes    []string
	found    map[string]int // discovery packets, by direction
}

// New makes a session of a saved login. Run lets it live.
func New(folder config.Folder, account config.Account, logger *slog.Logger) (*Session, error) {
	list, err := games.Load(folder)
	if err != nil {
		return nil, err
	}
	device, err := folder.DeviceID()
	if err != nil {
		return nil, err
	}
	client, err := api.New(account.Server, account.RefreshToken)
	if err != nil {
		return nil, err
	}
	session := &Session{
		Folder: folder, Account: account, Client: client, Games: list, device: device, log: logger,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), state: Idle, found: map[string]int{},
	}
	client.KeepRefresh = func(token string) error {
		account.RefreshToken = token
		return folder.SaveAccount(account)
	}
	return session, nil
}

// Run listens to the server and keeps the node as it should be, until ctx ends or the login is ended. It leaves the
// virtual LAN before it returns.
func (s *Session) Run(ctx context.Context) error {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	result := make(chan error, 1)
	go func() { result <- s.Client.Listen(listening, s.frame) }()
	tick := time.NewTicker(refreshInterval)
	defer tick.Stop()
	defer close(s.ended)
	defer s.disconnect()
	for {
		select {
		case err := <-result:
			if ctx.Err() != nil {
				return nil
			}
			s.setState(Ended, "")
			return err
		case <-s.wake:
		case <-tick.C:
		}
		if ctx.Err() == nil {
			s.settle(listening)
		}
	}
}

const (
	refreshInterval = 15 * time.Second
	callTimeout     = 20 * time.Second
)

// Wake makes Run look at everything soon.
func (s *Session) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Join enters the room of a link or code and starts connecting.
func (s *Session) Join(ctx context.Context, text, password string, leaveOther bool) (api.Room, error) {
	target, err := link.Parse(text)
	if err != nil {
		return api.Room{}, err
	}
	if target.Server != "" && target.Server != s.Client.Server {
		return api.Room{}, ErrOtherServer
	}
	var room api.Room
	if target.Room != "" {
		room, err = s.Client.JoinRoom(ctx, target.Room, password, leaveOther)
	} else {
		room, err = s.Client.JoinByCode(ctx, target.Code, password, leaveOther)
	}
	if err != nil {
		return room, err
	}
	s.Enter(room)
	return room, nil
}

// Enter connects with the LAN of a room that one is already in.
func (s *Session) Enter(room api.Room) {
	s.mu.Lock()
	same := s.room != nil && s.room.ID == room.ID
	s.mu.Unlock()
	if !same {
		s.disconnect()
	}
	s.mu.Lock()
	s.room = &room
	if !same {
		s.state, s.trouble = Connecting, ""
	}
	s.mu.Unlock()
	s.Wake()
}

// Leave gives up the seat and leaves the virtual LAN, even if the server cannot be reached.
func (s *Session) Leave(ctx context.Context) error {
	s.mu.Lock()
	room := s.room
	s.mu.Unlock()
	if room == nil {
		return ErrNoRoom
	}
	s.forget("")
	return s.Client.LeaveRoom(ctx, room.ID)
}

// forget leaves the room's LAN at once, because of `reason`.
func (s *Session) forget(reason string) {
	s.mu.Lock()
	s.room, s.peers, s.state, s.trouble = nil, nil, Idle, reason
	s.play = Play{}
	s.mu.Unlock()
	s.disconnect()
}

func (s *Session) setState(state, trouble string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != state || s.trouble != trouble {
		s.log.Info("virtual LAN", "state", state, "trouble", trouble)
	}
	s.state, s.trouble = state, trouble
}

// Ended is closed when Run has returned.
func (s *Session) Ended() <-chan struct{} { return s.ended }
