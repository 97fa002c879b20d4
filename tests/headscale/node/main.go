// A device in the virtual LAN for the tests: it does what the lines of its input say, and answers each with one line.
//
//	up KEY            "up 100.64.0.1", or "error …"
//	reach IP          "yes" when the other device answers a connection within a second, else "no"
//	flow IP           opens a connection that stays: "yes", "no"
//	echo              "yes" when a byte still comes back on it within a second, else "no"
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"tailscale.com/envknob"
	"tailscale.com/net/netns"
	"tailscale.com/tsnet"
)

const port = 7777

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: node FOLDER CONTROL_URL NAME")
		os.Exit(2)
	}
	envknob.SetNoLogsNoSupport()
	envknob.Setenv("TS_DEBUG_USE_DERP_HTTP", "true")
	envknob.Setenv("TS_DISABLE_PORTMAPPER", "true")
	netns.SetEnabled(false)
	device := &device{server: &tsnet.Server{
		Dir: os.Args[1], ControlURL: os.Args[2], Hostname: os.Args[3], Ephemeral: true,
		UserLogf: func(string, ...any) {}, Logf: func(string, ...any) {},
	}}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		command, argument, _ := strings.Cut(input.Text(), " ")
		fmt.Println(device.do(command, argument))
	}
}

type device struct {
	server *tsnet.Server
	flow   net.Conn
}

func (d *device) do(command, argument string) string {
	switch command {
	case "up":
		return d.up(argument)
	case "reach":
		connection, err := d.dial(argument)
		if err != nil {
			return "no"
		}
		defer connection.Close()
		return echo(connection)
	case "flow":
		connection, err := d.dial(argument)
		if err != nil {
			return "no"
		}
		d.flow = connection
		return echo(connection)
	case "echo":
		if d.flow == nil {
			return "no"
		}
		return echo(d.flow)
	}
	return "error unknown command"
}

func (d *device) up(key string) string {
	d.server.AuthKey = key
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := d.server.Up(ctx); err != nil {
		return "error " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	address, _ := d.server.TailscaleIPs()
	listener, err := d.server.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return "error " + err.Error()
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				buffer := make([]byte, 64)
				for {
					n, err := connection.Read(buffer)
					if err != nil {
						return
					}
					if _, err := connection.Write(buffer[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "up " + address.String()
}

// dial stays within the virtual LAN: Server.Dial would fall back to the machine's own network.
func (d *device) dial(address string) (net.Conn, error) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return d.server.Sys().Dialer.Get().NetstackDialTCP(ctx, netip.AddrPortFrom(ip, port))
}

func echo(connection net.Conn) string {
	connection.SetDeadline(time.Now().Add(time.Second))
	if _, err := connection.Write([]byte("x")); err != nil {
		return "no"
	}
	if _, err := connection.Read(make([]byte, 1)); err != nil {
		return "no"
	}
	return "yes"
}
