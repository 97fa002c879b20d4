package control

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestThePageThatMadeTheLinkIsToldWhereThePortIsOnce(t *testing.T) {
	folder, place, origin, _ := start(t)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// The system's free ports have five digits.
	free := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	const secret = "only the page knows it"
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(secret)))
	at := strings.Replace(origin, "http://", "netherlink://", 1) + "/room/room1?insecure=1&page="

	ask := func(method, path, from, token string) (int, Place) {
		request, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", free, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		if from != "" {
			request.Header.Set("Origin", from)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, Place{}
		}
		defer answer.Body.Close()
		var told Place
		_ = json.NewDecoder(answer.Body).Decode(&told)
		return answer.StatusCode, told
	}

	join := func(link string) {
		body := map[string]any{"link": link}
		_ = Call(context.Background(), folder, "POST", "/v1/join", body, nil) // what is joined does not matter
	}
	join(fmt.Sprintf("netherlink://elsewhere.example/room/1?page=%d.%s", free, hash))
	join(strings.Replace(at, "insecure=1&", "", 1) + fmt.Sprintf("%d.%s", free, hash))
	join(at + fmt.Sprintf("%d.%s", free, hash[1:]))
	if status, _ := ask("GET", "/v1/hello", origin, secret); status != 0 {
		t.Errorf("a link of another server, or a broken one, opened the port: %d", status)
	}

	join(at + fmt.Sprintf("%d.%s", free, hash))
	for _, test := range []struct {
		what, method, path, origin, token string
		status                            int
	}{
		{"another page", "GET", "/v1/hello", "https://evil.example", secret, 403},
		{"no page", "GET", "/v1/hello", "", secret, 403},
		{"the hash", "GET", "/v1/hello", origin, hash, 401},
		{"the control token", "GET", "/v1/hello", origin, place.Token, 401},
		{"another path", "GET", "/v1/status", origin, secret, 403},
		{"its question before", "OPTIONS", "/v1/hello", origin, "", 204},
	} {
		if status, told := ask(test.method, test.path, test.origin, test.token); status != test.status || told.Token != "" {
			t.Errorf("%s: %d", test.what, status)
		}
	}
	status, told := ask("GET", "/v1/hello", origin, secret)
	if status != 200 || told.Port != place.Port || told.Token != place.Token {
		t.Errorf("the page that asked: %d %+v", status, told.Port)
	}
	if status, told := ask("GET", "/v1/hello", origin, secret); status == 200 || told.Token != "" {
		t.Error("it is told twice")
	}
}
