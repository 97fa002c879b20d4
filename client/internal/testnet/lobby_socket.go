package testnet

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
)

func (l *Lobby) socket(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	user, ok := l.userOf(r)
	l.mu.Unlock()
	if !ok {
		problem(w, 401, "auth.token_expired")
		return
	}
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"netherlink.v1.json"}})
	if err != nil {
		return
	}
	defer socket.CloseNow()
	l.mu.Lock()
	l.sockets[user] = append(l.sockets[user], socket)
	l.mu.Unlock()
	send(socket, "welcome", map[string]any{"heartbeat": map[string]any{"interval": 30}})
	for {
		_, raw, err := socket.Read(r.Context())
		if err != nil {
			break
		}
		var frame struct{ Type string }
		if json.Unmarshal(raw, &frame) == nil && frame.Type == "ping" {
			send(socket, "pong", map[string]any{})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets[user] = slices.DeleteFunc(l.sockets[user], func(other *websocket.Conn) bool { return other == socket })
}

func send(socket *websocket.Conn, kind string, data any) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	raw, _ := json.Marshal(map[string]any{"type": kind, "data": data})
	_ = socket.Write(ctx, websocket.MessageText, raw)
}

// tell sends a frame to the members of a room. The caller holds mu.
func (l *Lobby) tell(at *room, kind string, data any) {
	for _, user := range at.members {
		for _, socket := range l.sockets[user] {
			send(socket, kind, data)
		}
	}
}

// DropSockets cuts everybody's socket, as a bad network does.
func (l *Lobby) DropSockets() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sockets := range l.sockets {
		for _, socket := range sockets {
			socket.CloseNow()
		}
	}
}

// Revoke ends a user's login.
func (l *Lobby) Revoke(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, tokens := range []map[string]string{l.access, l.refresh} {
		for token, owner := range tokens {
			if owner == user {
				delete(tokens, token)
			}
		}
	}
	for _, socket := range l.sockets[user] {
		go socket.Close(4002, "auth.session_revoked")
	}
}
