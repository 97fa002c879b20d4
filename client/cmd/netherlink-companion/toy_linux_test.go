package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// toyAsk looks for the host in one way, and prints what it found.
func toyAsk(args []string) int {
	kind, to := args[0], args[1]
	var found string
	for end := time.Now().Add(8 * time.Second); found == "" && time.Now().Before(end); {
		switch kind {
		case "udp":
			found = search("0.0.0.0:0", to)
		case "same":
			found = search("0.0.0.0:26900", to)
		case "listen":
			found = listen(to)
		case "tcp":
			found = connect(to)
		}
	}
	fmt.Println(found)
	if found == "" {
		return 1
	}
	return 0
}

func search(from, to string) string {
	socket, err := net.ListenPacket("udp4", from)
	if err != nil {
		return ""
	}
	defer socket.Close()
	target := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to))
	_, _ = socket.WriteTo([]byte("who"), target)
	_ = socket.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	buffer := make([]byte, 100)
	for {
		n, sender, err := socket.ReadFrom(buffer)
		if err != nil {
			return ""
		}
		if strings.HasPrefix(string(buffer[:n]), "found") {
			return string(buffer[:n]) + " " + sender.String()
		}
	}
}

func listen(group string) string {
	address := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(group))
	device, err := net.InterfaceByName("nl0")
	if err != nil {
		return ""
	}
	socket, err := net.ListenMulticastUDP("udp4", device, address)
	if err != nil {
		return ""
	}
	defer socket.Close()
	_ = socket.SetReadDeadline(time.Now().Add(time.Second))
	buffer := make([]byte, 100)
	n, _, _ := socket.ReadFrom(buffer)
	return string(buffer[:n])
}

// connect to the host, which a search finds, or to the address.
func connect(to string) string {
	host, port, _ := net.SplitHostPort(to)
	if host == "" {
		at := strings.Fields(search("0.0.0.0:0", "255.255.255.255:26900"))
		if len(at) != 3 {
			return ""
		}
		host, _, _ = net.SplitHostPort(at[2])
	}
	connection, err := net.DialTimeout("tcp4", net.JoinHostPort(host, port), time.Second)
	if err != nil {
		return ""
	}
	defer connection.Close()
	_ = connection.SetReadDeadline(time.Now().Add(time.Second))
	raw, _ := io.ReadAll(connection)
	return string(raw)
}
