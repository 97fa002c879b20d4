// Package space runs a game in a network of its own, made without any right: a user namespace and a network namespace whose
// only way out is a TUN device. The device's descriptor goes to the companion; inside, nothing but the room can be reached.
package space

// Request is what a space asks of the companion when it hands over its device.
type Request struct {
	Game  string `json:"game"`
	Host  *bool  `json:"host"`
	Learn bool   `json:"learn"`
}

// Reply is one line of the companion: the address in the room's LAN, each time that it changes, or why there is none.
type Reply struct {
	Address string `json:"address,omitempty"`
	Error   string `json:"error,omitempty"`
}
