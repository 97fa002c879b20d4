package testnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The toy game: a host answers "who" on its UDP port with "host NAME", from another port with "side NAME" when asked
// "side", tells "you ADDRESS" when asked "me", and echoes lines on the TCP port of the same number.

// ToyPort is the toy game's port in the list of games; on the port after it, hosts announce themselves.
const ToyPort = 26900

// UDP opens a socket of a game. shared: with SO_REUSEADDR, as many games do.
func UDP(t testing.TB, at string, shared bool) *net.UDPConn {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			if shared {
				reuse(fd)
			}
		})
	}}
	socket, err := config.ListenPacket(context.Background(), "udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return socket.(*net.UDPConn)
}

// Host is a toy game's host; it counts the questions.
func Host(t testing.TB, at, name string) {
	t.Helper()
	socket, side := UDP(t, at, true), UDP(t, "127.0.0.1:0", false)
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			switch string(buffer[:n]) {
			case "who":
				socket.WriteToUDPAddrPort([]byte("host "+name), from)
			case "side":
				side.WriteToUDPAddrPort([]byte("side "+name), from)
			case "me":
				socket.WriteToUDPAddrPort([]byte("you "+from.String()), from)
			}
		}
	}()
	listener, err := net.Listen("tcp4", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				buffer := make([]byte, 1500)
				for {
					n, err := connection.Read(buffer)
					if err != nil {
						return
					}
					fmt.Fprintf(connection, "%s|%s", connection.RemoteAddr().(*net.TCPAddr).IP, buffer[:n])
				}
			}()
		}
	}()
}

// Ask sends a question until an answer with the prefix comes.
func Ask(t testing.TB, socket *net.UDPConn, to, question, prefix string, limit time.Duration) (string, netip.AddrPort) {
	t.Helper()
	answer, from, ok := TryAsk(socket, to, question, prefix, limit)
	if !ok {
		t.Fatalf("no answer to %q from %s within %v", question, to, limit)
	}
	return answer, from
}

// TryAsk is Ask for what may stay without an answer.
func TryAsk(socket *net.UDPConn, to, question, prefix string, limit time.Duration) (string, netip.AddrPort, bool) {
	buffer := make([]byte, 1500)
	for end := time.Now().Add(limit); time.Now().Before(end); {
		socket.WriteToUDPAddrPort([]byte(question), netip.MustParseAddrPort(to))
		socket.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		for {
			n, from, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				break
			}
			if strings.HasPrefix(string(buffer[:n]), prefix) {
				return string(buffer[:n]), from, true
			}
		}
	}
	return "", netip.AddrPort{}, false
}
