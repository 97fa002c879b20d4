package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/netherlink/netherlink/client/internal/api"
)

// call sends one request to the control port.
func (p Place) call(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", p.Port, path), bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.Token)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return ErrNotRunning
	}
	defer reply.Body.Close()
	raw, err = io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	if reply.StatusCode == http.StatusUnauthorized {
		return ErrNotRunning // another program has the port that a crashed companion had
	}
	if reply.StatusCode >= 400 {
		problem := &api.Problem{Status: reply.StatusCode, Title: reply.Status}
		if json.Unmarshal(raw, problem) != nil {
			problem.Code = "companion.failed"
		}
		return problem
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}
