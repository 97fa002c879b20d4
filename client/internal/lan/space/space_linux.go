package space

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/netherlink/netherlink/client/internal/lan/ifconfig"
)

const (
	// Argument makes this program the first process of a space: PROGRAM Argument REQUEST COMMAND…
	Argument = "__space"
	// Probe only tries whether a space can be made.
	Probe      = "__space-probe"
	deviceName = "nl0"
	socketFD   = 3
)

func separated(program string, args ...string) *exec.Cmd {
	command := exec.Command(program, args...)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_NET_ADMIN},
		Pdeathsig:   syscall.SIGKILL,
	}
	return command
}

// Available says why a space cannot be made on this system; nil when it can.
func Available() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := separated(program, Probe).CombinedOutput()
	if err != nil {
		return fmt.Errorf("this system does not let you make a space (user namespaces, /dev/net/tun): %w %s", err, out)
	}
	return nil
}

// Run starts the command in a new space whose device goes to the companion at the other end of the socket, and answers the
// command's exit status.
func Run(companion *net.UnixConn, request Request, command []string) (int, error) {
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	raw, err := json.Marshal(request)
	if err != nil {
		return 0, err
	}
	socket, err := companion.File()
	if err != nil {
		return 0, err
	}
	defer socket.Close()
	// The thread that starts it must live as long as it does: its death signal goes by thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first := separated(program, append([]string{Argument, string(raw)}, command...)...)
	first.Stdin, first.Stdout, first.Stderr = os.Stdin, os.Stdout, os.Stderr
	first.ExtraFiles = []*os.File{socket}
	if err := first.Start(); err != nil {
		return 0, err
	}
	defer passOn(first)()
	return exitStatus(first.Wait())
}

// passOn hands what ends this process to a child, until the returned function is called. Ctrl-C reaches the child by the
// terminal. It is taken and not ignored: a child would inherit that.
func passOn(child *exec.Cmd) func() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for got := range signals {
			if got != os.Interrupt {
				_ = child.Process.Signal(got)
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

func exitStatus(err error) (int, error) {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if ended.ExitCode() < 0 {
			return 128 + int(ended.Sys().(syscall.WaitStatus).Signal()), nil
		}
		return ended.ExitCode(), nil
	}
	return 0, err
}

// First is the first process of a space. It answers the exit status.
func First(args []string) int {
	if args[0] == Probe {
		device, err := ifconfig.Open(deviceName)
		if err == nil {
			device.Close()
			return 0
		}
		return complain(err)
	}
	if len(args) < 3 {
		return 2
	}
	device, err := ifconfig.Open(deviceName)
	if err != nil {
		return complain(err)
	}
	file := os.NewFile(socketFD, "companion")
	connection, err := net.FileConn(file)
	file.Close()
	if err != nil {
		return complain(err)
	}
	companion := connection.(*net.UnixConn)
	defer companion.Close()
	_, _, err = companion.WriteMsgUnix([]byte(args[1]), unix.UnixRights(int(device.Fd())), nil)
	device.Close()
	if err != nil {
		return complain(err)
	}
	return live(json.NewDecoder(companion), args[2:])
}

// live starts the game when the address is known, and follows its changes.
func live(replies *json.Decoder, command []string) int {
	if err := follow(replies); err != nil {
		return complain(err)
	}
	// The game needs no right over its network.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return complain(err)
	}
	game := exec.Command(command[0], command[1:]...)
	game.Stdin, game.Stdout, game.Stderr = os.Stdin, os.Stdout, os.Stderr
	game.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := game.Start(); err != nil {
		return complain(err)
	}
	defer passOn(game)()
	go func() {
		for follow(replies) == nil {
		}
	}()
	code, err := exitStatus(game.Wait())
	if err != nil {
		return complain(err)
	}
	return code
}

// follow takes one reply.
func follow(replies *json.Decoder) error {
	var reply Reply
	if err := replies.Decode(&reply); err != nil {
		return errors.New("the companion has ended")
	}
	if reply.Error != "" {
		return errors.New(reply.Error)
	}
	address, err := netip.ParseAddr(reply.Address)
	if err != nil {
		return err
	}
	return errors.Join(ifconfig.Up("lo"), ifconfig.Configure(deviceName, address, []netip.Prefix{ifconfig.Broadcast, ifconfig.Multicast}))
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "netherlink-companion:", err)
	return 1
}

// Receive takes what a space hands over: its request and the descriptor of its device.
func Receive(from *net.UnixConn) (Request, int, error) {
	var request Request
	payload, rights := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	n, size, flags, _, err := from.ReadMsgUnix(payload, rights)
	if err != nil {
		return request, 0, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:size])
	if err != nil || len(messages) != 1 || flags&unix.MSG_CTRUNC != 0 {
		return request, 0, errors.New("the space sent no device: " + strconv.Itoa(len(messages)))
	}
	descriptors, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(descriptors) != 1 {
		return request, 0, errors.New("the space sent no device")
	}
	unix.CloseOnExec(descriptors[0])
	if err := json.Unmarshal(payload[:n], &request); err != nil {
		unix.Close(descriptors[0])
		return request, 0, err
	}
	return request, descriptors[0], nil
}
