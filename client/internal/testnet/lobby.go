package testnet

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Lobby speaks the part of NetherLink's protocol that the companion uses, and drives a real Headscale: users "u1", "u2", …
// whose password is "password", rooms by code. Everybody's nickname is the user's name.
type Lobby struct {
	URL  string
	h    *Headscale
	http *httptest.Server

	mu       sync.Mutex
	rooms    map[string]*room
	keys     map[string]issued // by pre-auth key id
	sockets  map[string][]*websocket.Conn
	refresh  map[string]string // refresh token to user
	access   map[string]string // access token to user
	number   int
	lifetime int
	Disabled bool
	Pending  bool
}

type room struct {
	id, game, owner string
	members         []string
	closed          bool
}

type issued struct{ user, device string }

// StartLobby needs no Headscale for what has nothing to do with the LAN.
func StartLobby(t testing.TB, h *Headscale) *Lobby {
	l := &Lobby{h: h, rooms: map[string]*room{}, keys: map[string]issued{}, sockets: map[string][]*websocket.Conn{},
		refresh: map[string]string{}, access: map[string]string{}, lifetime: 900}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/auth/login", l.login)
	mux.HandleFunc("POST /api/v1/auth/refresh", l.renew)
	mux.HandleFunc("POST /api/v1/rooms/join", l.as(l.join))
	mux.HandleFunc("POST /api/v1/rooms/{id}/join", l.as(l.join))
	mux.HandleFunc("POST /api/v1/rooms/{id}/leave", l.as(l.leave))
	mux.HandleFunc("GET /api/v1/rooms/{id}", l.as(l.show))
	mux.HandleFunc("GET /api/v1/rooms/{id}/peers", l.as(l.peers))
	mux.HandleFunc("POST /api/v1/vpn/pre-auth-key", l.as(l.key))
	mux.HandleFunc("GET /ws", l.socket)
	l.http = httptest.NewServer(mux)
	l.URL = l.http.URL
	t.Cleanup(func() { l.http.CloseClientConnections(); l.http.Close() })
	return l
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func problem(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]any{"type": "about:blank", "title": code, "status": status, "detail": code, "code": code})
}

// tokens makes new ones. The caller holds mu.
func (l *Lobby) tokens(user string) map[string]any {
	l.number++
	access, refresh := fmt.Sprintf("access-%d", l.number), fmt.Sprintf("refresh-%d", l.number)
	l.access[access], l.refresh[refresh] = user, user
	return map[string]any{"user": map[string]any{"id": user, "username": user, "nickname": user}, "access_token": access,
		"refresh_token": refresh, "token_type": "Bearer", "expires_in": l.lifetime, "session_id": "1"}
}

func (l *Lobby) login(w http.ResponseWriter, r *http.Request) {
	var body struct{ Username, Password string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	if body.Password != "password" {
		problem(w, 401, "auth.invalid_credentials")
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	reply(w, 200, l.tokens(body.Username))
}

func (l *Lobby) renew(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Token string `json:"refresh_token"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	l.mu.Lock()
	defer l.mu.Unlock()
	user, ok := l.refresh[body.Token]
	if !ok {
		problem(w, 401, "auth.refresh_invalid")
		return
	}
	delete(l.refresh, body.Token) // it works once
	reply(w, 200, l.tokens(user))
}

// ExpireAccess makes all access tokens invalid.
func (l *Lobby) ExpireAccess() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.access)
}

func (l *Lobby) userOf(r *http.Request) (string, bool) {
	user, ok := l.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	return user, ok
}

func (l *Lobby) as(next func(w http.ResponseWriter, r *http.Request, user string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		user, ok := l.userOf(r)
		if !ok {
			problem(w, 401, "auth.token_expired")
			return
		}
		next(w, r, user)
	}
}

// Room makes a room; its id is its code as well.
func (l *Lobby) Room(id, owner, game string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms[id] = &room{id: id, owner: owner, game: game}
}

func (l *Lobby) view(at *room) map[string]any {
	members := []any{}
	for _, user := range at.members {
		members = append(members, map[string]any{"user_id": user, "nickname": user, "online": true})
	}
	return map[string]any{"id": at.id, "conversation_id": "room_" + at.id, "name": at.id, "game": at.game, "owner_id": at.owner,
		"status": "waiting", "members": members}
}

func (l *Lobby) join(w http.ResponseWriter, r *http.Request, user string) {
	var body struct{ Code string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	id := r.PathValue("id")
	if id == "" {
		id = body.Code
	}
	at := l.rooms[id]
	if at == nil || at.closed {
		problem(w, 404, "room.link_invalid")
		return
	}
	if !slices.Contains(at.members, user) {
		at.members = append(at.members, user)
		l.put()
		l.tell(at, "room.member_joined", map[string]any{"room_id": id, "member": map[string]any{"user_id": user}})
	}
	reply(w, 200, l.view(at))
}

func (l *Lobby) leave(w http.ResponseWriter, r *http.Request, user string) {
	if at := l.rooms[r.PathValue("id")]; at != nil {
		l.remove(at, user, "left")
		reply(w, 200, l.view(at))
		return
	}
	problem(w, 404, "resource.not_found")
}

// remove tells everybody, and the one who is removed. The caller holds mu.
func (l *Lobby) remove(at *room, user, reason string) {
	if !slices.Contains(at.members, user) {
		return
	}
	l.tell(at, "room.member_left", map[string]any{"room_id": at.id, "user_id": user, "reason": reason})
	at.members = slices.DeleteFunc(at.members, func(member string) bool { return member == user })
	l.put()
}

// Kick removes a member.
func (l *Lobby) Kick(id, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(l.rooms[id], user, "kicked")
}

// CloseRoom ends a room.
func (l *Lobby) CloseRoom(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.rooms[id]
	l.tell(at, "room.closed", map[string]any{"room_id": id, "reason": "closed"})
	at.members, at.closed = nil, true
	l.put()
}

// put writes the policy. The caller holds mu.
func (l *Lobby) put() {
	if l.h == nil {
		return
	}
	rooms := map[string][]string{}
	for id, at := range l.rooms {
		if len(at.members) > 1 {
			rooms[id] = at.members
		}
	}
	l.h.Policy(rooms)
}

// Put writes the policy again.
func (l *Lobby) Put() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put()
}

func (l *Lobby) show(w http.ResponseWriter, r *http.Request, user string) {
	at := l.rooms[r.PathValue("id")]
	if at == nil || at.closed || !slices.Contains(at.members, user) {
		problem(w, 404, "resource.not_found")
		return
	}
	reply(w, 200, l.view(at))
}

func (l *Lobby) peers(w http.ResponseWriter, r *http.Request, user string) {
	at := l.rooms[r.PathValue("id")]
	if at == nil || !slices.Contains(at.members, user) {
		problem(w, 404, "resource.not_found")
		return
	}
	items := []any{}
	if l.h != nil {
		nodes, err := l.h.Nodes()
		if err != nil {
			problem(w, 503, "server.unavailable")
			return
		}
		for _, node := range nodes {
			if owner := l.keys[node.PreAuthKey.ID]; slices.Contains(at.members, owner.user) {
				items = append(items, map[string]any{"user_id": owner.user, "device": owner.device, "address": node.IPAddresses[0], "online": node.Online})
			}
		}
	}
	reply(w, 200, map[string]any{"items": items, "next_cursor": nil})
}

func (l *Lobby) key(w http.ResponseWriter, r *http.Request, user string) {
	var body struct{ Device string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch {
	case l.Disabled:
		problem(w, 404, "vpn.disabled")
		return
	case l.Pending || l.h == nil:
		reply(w, 200, map[string]any{"status": "pending"})
		return
	}
	id, key, err := l.h.Key(user)
	if err != nil {
		w.Header().Set("Retry-After", "1")
		problem(w, 503, "vpn.unavailable")
		return
	}
	l.keys[id] = issued{user, body.Device}
	reply(w, 200, map[string]any{"status": "ready", "control_url": l.h.URL, "pre_auth_key": key,
		"expires_at": time.Now().Add(time.Minute).UTC().Format("2006-01-02T15:04:05.000Z")})
	// What the server notices a moment later.
	time.AfterFunc(700*time.Millisecond, l.TellUpdated)
	time.AfterFunc(2*time.Second, l.TellUpdated)
}

// TellUpdated sends vpn.updated to everybody.
func (l *Lobby) TellUpdated() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.rooms {
		l.tell(at, "vpn.updated", map[string]any{"status": "ready", "room_id": at.id})
	}
}
