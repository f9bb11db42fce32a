package fetch

// A Carry is what a run that stops and goes on in another Client takes along,
// beside its jar: what it has used of its limits, and the texts made of secrets
// that stay scrubbed for the rest of it. It holds secrets: seal it.
type Carry struct {
	Requests int64  `json:"requests"` // made
	Received int64  `json:"received"` // bytes
	Made     []Made `json:"made,omitempty"`
}

// Made is a text made of a secret, and what stands for it in replies.
type Made struct {
	Text string `json:"text"`
	Mark string `json:"mark"`
}

// Carry returns what the run has used and made so far. One-time codes are not
// in it: they are scrubbed from the reply to one request only.
func (c *Client) Carry() Carry {
	out := Carry{Requests: c.budget.requests.Load(), Received: c.budget.bytes.Load()}
	c.keep.mu.Lock()
	defer c.keep.mu.Unlock()
	for _, r := range c.keep.recent {
		if !r.isCode {
			out.Made = append(out.Made, Made{r.text, r.mark})
		}
	}
	return out
}

// take puts a carry into a new budget and keep.
func (c Carry) take(b *budget, k *keep) {
	b.requests.Store(c.Requests)
	b.bytes.Store(c.Received)
	for _, m := range c.Made {
		k.remember(recent{text: m.Text, mark: m.Mark})
	}
}
