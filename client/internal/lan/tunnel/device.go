package tunnel

import "github.com/tailscale/wireguard-go/tun"

// device is what one node reads and writes.
type device struct {
	tun.Device
	tunnel *Tunnel
}

// Read hands out what the game sends, less what goes to everyone: that has been copied.
func (d *device) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	n, err := d.Device.Read(buffers, sizes, offset)
	kept := 0
	for i := range n {
		packet := buffers[i][offset : offset+sizes[i]]
		if !d.tunnel.leaving(packet) {
			continue
		}
		if kept != i {
			copy(buffers[kept][offset:], packet)
			sizes[kept] = sizes[i]
		}
		kept++
	}
	return kept, err
}

// Write hands what peers send to the game.
func (d *device) Write(buffers [][]byte, offset int) (int, error) {
	kept := make([][]byte, 0, len(buffers))
	for _, buffer := range buffers {
		if d.tunnel.arriving(buffer[offset:]) {
			kept = append(kept, buffer)
		}
	}
	if len(kept) == 0 {
		return len(buffers), nil
	}
	_, err := d.Device.Write(kept, offset)
	return len(buffers), err
}

// Close takes the device from the tunnel.
func (d *device) Close() error {
	d.tunnel.mu.Lock()
	if d.tunnel.device == d.Device {
		d.tunnel.device = nil
	}
	d.tunnel.mu.Unlock()
	return d.Device.Close()
}
