package api

import (
	"context"
	"encoding/json"
	"net/netip"
)

// Device names this installation at login.
type Device struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Platform string `json:"platform"`
}

// User is what the companion needs of one.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Nickname string `json:"nickname"`
}

// LoginAnswer is what the companion needs of it.
type LoginAnswer struct {
	User      User   `json:"user"`
	SessionID string `json:"session_id"`
	Refresh   string `json:"-"`
}

// Member of a room.
type Member struct {
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Online   bool   `json:"online"`
}

// Room as its members see it.
type Room struct {
	ID             string   `json:"id"`
	ConversationID string   `json:"conversation_id"`
	Name           string   `json:"name"`
	Game           string   `json:"game"`
	OwnerID        string   `json:"owner_id"`
	Status         string   `json:"status"`
	Members        []Member `json:"members"`
}

// VPN is the state of one's access to the virtual LAN. PreAuthKey is a secret: it is used once and never shown.
type VPN struct {
	Status     string `json:"status"`
	ControlURL string `json:"control_url"`
	PreAuthKey string `json:"pre_auth_key"`
}

// Peer is one device of a member of the room.
type Peer struct {
	UserID  string          `json:"user_id"`
	Device  json.RawMessage `json:"device"`
	Address string          `json:"address"`
	Online  bool            `json:"online"`
}

// IP is the peer's address in the virtual LAN, and whether it has one yet.
func (p Peer) IP() (netip.Addr, bool) {
	address, err := netip.ParseAddr(p.Address)
	return address, err == nil && address.Is4()
}

// JoinByCode enters the room that a link's code leads to, leaving the one that the person is in if `leaveOther`.
func (c *Client) JoinByCode(ctx context.Context, code, password string, leaveOther bool) (Room, error) {
	return c.enter(ctx, "/rooms/join", map[string]any{"code": code}, password, leaveOther)
}

// JoinRoom enters a room by its id.
func (c *Client) JoinRoom(ctx context.Context, room, password string, leaveOther bool) (Room, error) {
	return c.enter(ctx, "/rooms/"+room+"/join", map[string]any{}, password, leaveOther)
}

func (c *Client) enter(ctx context.Context, path string, body map[string]any, password string, leaveOther bool) (Room, error) {
	if password != "" {
		body["password"] = password
	}
	if leaveOther {
		body["leave_other"] = true
	}
	var room Room
	err := c.Call(ctx, "POST", path, body, &room)
	return room, err
}

// Room reads the room.
func (c *Client) Room(ctx context.Context, id string) (Room, error) {
	var room Room
	err := c.Call(ctx, "GET", "/rooms/"+id, nil, &room)
	return room, err
}

// LeaveRoom gives up the seat.
func (c *Client) LeaveRoom(ctx context.Context, id string) error {
	return c.Call(ctx, "POST", "/rooms/"+id+"/leave", nil, nil)
}

// PreAuthKey asks for a fresh key for this device and room.
func (c *Client) PreAuthKey(ctx context.Context, room, device string) (VPN, error) {
	var vpn VPN
	err := c.Call(ctx, "POST", "/vpn/pre-auth-key", map[string]string{"room_id": room, "device": device}, &vpn)
	return vpn, err
}

// Peers lists the devices of the room's members.
func (c *Client) Peers(ctx context.Context, room string) ([]Peer, error) {
	var list struct {
		Items []Peer `json:"items"`
	}
	err := c.Call(ctx, "GET", "/rooms/"+room+"/peers?limit=200", nil, &list)
	return list.Items, err
}

// Logout ends the session on the server.
func (c *Client) Logout(ctx context.Context) error {
	return c.Call(ctx, "POST", "/auth/logout", nil, nil)
}
