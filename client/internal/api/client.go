// Package api speaks to a NetherLink server: REST with a token that renews itself, and the WebSocket that tells of changes.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Problem is an error answer of the server (RFC 9457).
type Problem struct {
	Status     int           `json:"status"`
	Code       string        `json:"code"`
	Title      string        `json:"title"`
	Detail     string        `json:"detail"`
	RetryAfter time.Duration `json:"-"`
}

func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	return fmt.Sprintf("%s (%s)", text, p.Code)
}

// CodeOf is the server's code in an error, or "".
func CodeOf(err error) string {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem.Code
	}
	return ""
}

// Tokens are what a login or refresh answers. KeepRefresh is called with each new refresh token before it is used.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresAt time.Time
}

// Client is safe for use by several goroutines.
type Client struct {
	Server      string
	KeepRefresh func(string) error
	http        http.Client

	mu     sync.Mutex
	tokens Tokens
}

// New makes a client without a login, or with the refresh token of an earlier one.
func New(server, refresh string) (*Client, error) {
	at, err := url.Parse(server)
	if err != nil || (at.Scheme != "http" && at.Scheme != "https") || at.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a server; it looks like https://play.example.org", server)
	}
	client := &Client{Server: strings.TrimRight(at.Scheme+"://"+at.Host+at.Path, "/"), tokens: Tokens{Refresh: refresh}}
	client.http.Timeout = 20 * time.Second
	return client, nil
}

type tokenAnswer struct {
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token"`
	ExpiresIn int    `json:"expires_in"`
}

// keep takes over new tokens; the caller holds mu. The refresh token is written down first: lost, it would cost the login.
func (c *Client) keep(answer tokenAnswer) error {
	if c.KeepRefresh != nil {
		if err := c.KeepRefresh(answer.Refresh); err != nil {
			return fmt.Errorf("keeping the login: %w", err)
		}
	}
	c.tokens = Tokens{answer.Access, answer.Refresh, time.Now().Add(time.Duration(answer.ExpiresIn) * time.Second)}
	return nil
}

// Login answers the account's user and keeps the tokens.
func (c *Client) Login(ctx context.Context, username, password string, device Device) (LoginAnswer, error) {
	var answer struct {
		LoginAnswer
		tokenAnswer
	}
	body := map[string]any{"username": username, "password": password, "device": device}
	if err := c.once(ctx, "POST", "/auth/login", "", body, &answer); err != nil {
		return LoginAnswer{}, err
	}
	answer.LoginAnswer.Refresh = answer.tokenAnswer.Refresh
	c.mu.Lock()
	defer c.mu.Unlock()
	return answer.LoginAnswer, c.keep(answer.tokenAnswer)
}

// AccessToken is one that lives for at least another ten seconds. One caller refreshes, the others wait for it.
func (c *Client) AccessToken(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens.Access != "" && time.Until(c.tokens.ExpiresAt) > 10*time.Second {
		return c.tokens.Access, nil
	}
	if c.tokens.Refresh == "" {
		return "", &Problem{Status: 401, Code: "auth.required", Title: "log in first"}
	}
	var answer tokenAnswer
	if err := c.once(ctx, "POST", "/auth/refresh", "", map[string]string{"refresh_token": c.tokens.Refresh}, &answer); err != nil {
		return "", err
	}
	return answer.Access, c.keep(answer)
}

// distrust drops an access token that the server refused, unless it was replaced meanwhile.
func (c *Client) distrust(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens.Access == token {
		c.tokens.Access = ""
	}
}

// Call sends one request with the token and reads the answer into `into` (nil: it is dropped).
func (c *Client) Call(ctx context.Context, method, path string, body, into any) error {
	for attempt := 0; ; attempt++ {
		token, err := c.AccessToken(ctx)
		if err != nil {
			return err
		}
		err = c.once(ctx, method, path, token, body, into)
		if CodeOf(err) == "auth.token_expired" && attempt == 0 {
			c.distrust(token)
			continue
		}
		return err
	}
}

func (c *Client) once(ctx context.Context, method, path, token string, body, into any) error {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.Server+"/api/v1"+path, reader)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("the server cannot be reached: %w", errors.Unwrap(err))
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode >= 400 {
		return problemOf(answer, raw)
	}
	if into == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func problemOf(answer *http.Response, raw []byte) error {
	problem := &Problem{Status: answer.StatusCode, Title: answer.Status}
	if json.Unmarshal(raw, problem) != nil || problem.Code == "" {
		problem.Code = "http." + strconv.Itoa(answer.StatusCode)
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		problem.RetryAfter = time.Duration(seconds) * time.Second
	}
	return problem
}
