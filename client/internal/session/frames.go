package session

import (
	"encoding/json"
	"slices"

	"github.com/netherlink/netherlink/client/internal/api"
)

// frame takes what the server tells. Whatever lets somebody in is asked for by REST; whatever puts somebody out takes
// effect here at once.
func (s *Session) frame(frame api.Frame) {
	var data struct {
		RoomID         string `json:"room_id"`
		UserID         string `json:"user_id"`
		Reason         string `json:"reason"`
		ConversationID string `json:"conversation_id"`
		Device         string `json:"device"`
		Rejoin         bool   `json:"rejoin"`
	}
	if json.Unmarshal(frame.Data, &data) != nil {
		return
	}
	s.mu.Lock()
	here := s.room != nil && (data.RoomID == s.room.ID || data.ConversationID != "" && data.ConversationID == s.room.ConversationID)
	s.mu.Unlock()
	switch frame.Type {
	case "vpn.updated":
		if data.Rejoin && (data.Device == "" || data.Device == s.device) {
			s.mu.Lock()
			s.doubted = s.node != nil
			s.mu.Unlock()
		}
		s.Wake()
	case "welcome", "room.updated":
		s.Wake()
	case "room.member_joined":
		if here {
			s.Wake()
		}
	case "room.member_left":
		if here {
			s.left(data.UserID, data.Reason)
		}
	case "room.closed":
		if here {
			s.forget("the room has been closed")
		}
	case "conversation.removed":
		if here {
			s.forget("you are no longer in the room")
		}
	}
}

// left puts somebody out: their flows would freeze without an error.
func (s *Session) left(user, reason string) {
	if user == s.Account.UserID {
		s.forget("you have left the room (" + reason + ")")
		return
	}
	s.mu.Lock()
	s.peers = slices.DeleteFunc(slices.Clone(s.peers), func(peer api.Peer) bool { return peer.UserID == user })
	s.mu.Unlock()
	s.tellMembers()
	s.Wake()
}
