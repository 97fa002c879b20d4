package control

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/session"
	"github.com/netherlink/netherlink/client/internal/testnet"
)

func start(t *testing.T) (config.Folder, Place, string, *testnet.Lobby) {
	t.Helper()
	lobby := testnet.StartLobby(t, nil)
	lobby.Room("room1", "u1", "toy")
	folder, account := testnet.Login(t, lobby, "u1")
	server, err := Serve(folder, testnet.Run(t, folder, account), func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	var place Place
	if err := config.ReadJSON(folder.File(placeFile), &place); err != nil {
		t.Fatal(err)
	}
	return folder, place, lobby.URL, lobby
}

func TestOnlyThoseWithTokenHostAndOriginGetIn(t *testing.T) {
	folder, place, origin, _ := start(t)
	info, err := os.Stat(folder.File(placeFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	name := fmt.Sprintf("127.0.0.1:%d", place.Port)
	for _, test := range []struct {
		what, method, host, token, origin string
		status                            int
	}{
		{"all well", "GET", name, place.Token, "", 200},
		{"by name", "GET", fmt.Sprintf("localhost:%d", place.Port), place.Token, "", 200},
		{"the server's page", "GET", name, place.Token, origin, 200},
		{"its question before", "OPTIONS", name, "", origin, 204},
		{"no token", "GET", name, "", "", 401},
		{"wrong token", "GET", name, place.Token + "a", "", 401},
		{"the server's page without token", "GET", name, "", origin, 401},
		{"another page", "GET", name, place.Token, "https://evil.example", 403},
		{"another page's question", "OPTIONS", name, "", "https://evil.example", 403},
		{"a page of a file", "GET", name, place.Token, "null", 403},
		{"a name bent to here", "GET", fmt.Sprintf("evil.example:%d", place.Port), place.Token, "", 403},
		{"wrong port", "GET", "127.0.0.1:1", place.Token, "", 403},
	} {
		request, err := http.NewRequest(test.method, "http://"+name+"/v1/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = test.host
		if test.token != "" {
			request.Header.Set("Authorization", "Bearer "+test.token)
		}
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("%s: %s", test.what, answer.Status)
		}
		if allowed := answer.Header.Get("Access-Control-Allow-Origin"); allowed != "" && allowed != origin {
			t.Errorf("%s: allows %s", test.what, allowed)
		}
	}
}

func TestCalls(t *testing.T) {
	folder, _, _, lobby := start(t)
	ctx := context.Background()
	if err := Call(ctx, folder, "POST", "/v1/play", map[string]string{"game": "toy"}, nil); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a game without a room: %v", err)
	}
	if err := Call(ctx, folder, "POST", "/v1/join", map[string]string{"link": "no such room"}, nil); err == nil {
		t.Error("joined nothing")
	}
	if err := Call(ctx, folder, "POST", "/v1/join", map[string]string{"link": "room1", "command": "rm"}, nil); err == nil {
		t.Error("an unknown field")
	}
	if err := Call(ctx, folder, "POST", "/v1/join", map[string]string{"link": lobby.URL + "/invite/room1"}, nil); err != nil {
		t.Fatal(err)
	}
	var status session.Status
	if err := Call(ctx, folder, "GET", "/v1/status", nil, &status); err != nil || status.Room == nil || status.Room.ID != "room1" {
		t.Errorf("%+v %v", status, err)
	}
	var play session.Play
	if err := Call(ctx, folder, "POST", "/v1/play", map[string]any{"game": "Toy", "host": false}, &play); err != nil || play.Hosts || play.Mode != "proxy" {
		t.Errorf("%+v %v", play, err)
	}
	if err := Call(ctx, folder, "POST", "/v1/play", map[string]any{"game": "toy", "mode": "space"}, nil); err == nil {
		t.Error("a space without a command")
	}
	for _, path := range []string{"/v1/stop", "/v1/leave"} {
		if err := Call(ctx, folder, "POST", path, nil, nil); err != nil {
			t.Error(path, err)
		}
	}
	var list struct{ Items []any }
	for _, path := range []string{"/v1/games", "/v1/doctor"} {
		if err := Call(ctx, folder, "GET", path, nil, &list); err != nil || len(list.Items) == 0 {
			t.Error(path, err)
		}
	}
	if err := Call(ctx, config.Folder{Path: t.TempDir()}, "GET", "/v1/status", nil, nil); err != ErrNotRunning {
		t.Error(err)
	}
}
