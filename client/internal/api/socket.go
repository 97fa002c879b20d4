package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Frame is one message of the WebSocket.
type Frame struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Close codes after which connecting again with the same session is useless.
const closeRevoked = websocket.StatusCode(4002)

// Listen keeps a socket open until ctx ends or the session is over, and hands each frame to handle, one after the other.
// A `welcome` after the first one means that frames may have been missed.
func (c *Client) Listen(ctx context.Context, handle func(Frame)) error {
	pause := 200 * time.Millisecond
	for {
		began := time.Now()
		err := c.listenOnce(ctx, handle)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if websocket.CloseStatus(err) == closeRevoked || isOver(CodeOf(err)) {
			return &Problem{Status: 401, Code: "auth.session_revoked", Title: "this login has been ended; log in again"}
		}
		if time.Since(began) > 30*time.Second {
			pause = 200 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*2, 10*time.Second)
	}
}

func isOver(code string) bool {
	return code == "auth.session_revoked" || code == "auth.refresh_invalid" || code == "auth.required"
}

func (c *Client) listenOnce(ctx context.Context, handle func(Frame)) error {
	token, err := c.AccessToken(ctx)
	if err != nil {
		return err
	}
	dialing, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	options := &websocket.DialOptions{
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + token}},
		Subprotocols: []string{"netherlink.v1.json"},
	}
	socket, answer, err := websocket.Dial(dialing, "ws"+strings.TrimPrefix(c.Server, "http")+"/ws", options)
	if err != nil {
		if answer != nil && answer.StatusCode == http.StatusUnauthorized {
			c.distrust(token)
		}
		return err
	}
	defer socket.CloseNow()
	socket.SetReadLimit(8 << 20)
	return c.read(ctx, socket, handle)
}

func (c *Client) read(ctx context.Context, socket *websocket.Conn, handle func(Frame)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	interval := 30 * time.Second
	for first := true; ; first = false {
		// A server that says nothing, not even pong, for three intervals is gone.
		reading, stop := context.WithTimeout(ctx, 3*interval)
		_, raw, err := socket.Read(reading)
		stop()
		if err != nil {
			if ctx.Err() == nil && websocket.CloseStatus(err) == websocket.StatusCode(4001) {
				c.expire()
			}
			return err
		}
		var frame Frame
		if err := json.Unmarshal(raw, &frame); err != nil {
			return fmt.Errorf("a frame that is not JSON: %w", err)
		}
		if first {
			interval = heartbeat(frame)
			go c.keepAlive(ctx, socket, interval)
		}
		handle(frame)
	}
}

func (c *Client) expire() {
	c.mu.Lock()
	c.tokens.Access = ""
	c.mu.Unlock()
}

// heartbeat is the interval that the server's welcome asks for.
func heartbeat(welcome Frame) time.Duration {
	var data struct {
		Heartbeat struct {
			Interval int `json:"interval"`
		} `json:"heartbeat"`
	}
	if json.Unmarshal(welcome.Data, &data) != nil || data.Heartbeat.Interval < 1 {
		return 30 * time.Second
	}
	return time.Duration(data.Heartbeat.Interval) * time.Second
}

// keepAlive pings, and tells the server of a newer token before the one of the handshake ends.
func (c *Client) keepAlive(ctx context.Context, socket *websocket.Conn, interval time.Duration) {
	told, _ := c.AccessToken(ctx)
	tick := time.NewTicker(interval / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		frame := map[string]any{"type": "ping", "data": map[string]any{}}
		if token, err := c.freshToken(ctx, 3*interval); err == nil && token != told {
			told = token
			frame = map[string]any{"type": "auth.refresh", "id": "token", "data": map[string]any{"access_token": token}}
		}
		raw, err := json.Marshal(frame)
		if err != nil || socket.Write(ctx, websocket.MessageText, raw) != nil {
			socket.CloseNow()
			return
		}
	}
}

// freshToken renews the access token when it ends within `margin`.
func (c *Client) freshToken(ctx context.Context, margin time.Duration) (string, error) {
	c.mu.Lock()
	if time.Until(c.tokens.ExpiresAt) < margin {
		c.tokens.Access = ""
	}
	c.mu.Unlock()
	return c.AccessToken(ctx)
}
