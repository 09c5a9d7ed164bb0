package gzip

// call runs f on r's encoder, taking one from the pool for the first call.
func (r *response) call(f func(Encoder) error) error {
	if r.failure != nil {
		return r.failure
	}
	if r.encoder == nil {
		if r.encoder, r.failure = r.coding.get(output{r}); r.failure != nil {
			r.encoder = nil
			return r.failure
		}
		if r.rules.padding > 0 {
			if r.failure = r.pad(); r.failure != nil {
				return r.failure
			}
		}
	}
	r.busy++ // stays so when f panics: see end
	r.failure = f(r.encoder)
	r.busy--
	return r.failure
}

// encode writes p to the encoder.
func (r *response) encode(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.addVersion(p)
	err = r.call(func(e Encoder) (err error) {
		n, err = e.Write(p)
		return err
	})
	r.dirty = true
	return n, err
}

// flushEncoder makes everything that the encoder has taken reach the base. An encoder
// with nothing new is left alone: its flush would only add bytes.
func (r *response) flushEncoder() error {
	if r.dirty {
		if err := r.call(Encoder.Flush); err != nil {
			return err
		}
		r.dirty = false
	}
	return r.release()
}

// output is where an encoder writes. It holds the first bytes back, and with them the
// header, for as long as the server would: until then a panic can still become a
// clean error page.
type output struct{ r *response }

// maxEarly is the size of the server's own buffer.
const maxEarly = 2048

func (o output) Write(p []byte) (int, error) {
	r := o.r
	if r.broken != nil {
		return 0, r.broken
	}
	if !r.sent {
		if len(r.early)+len(p) <= maxEarly {
			r.early = append(r.early, p...)
			return len(p), nil
		}
		if err := r.release(); err != nil {
			return 0, err
		}
	}
	n, err := r.Unwrap().Write(p)
	r.broken = err
	return n, err
}

// release sends the header and what the encoder wrote so far, once.
func (r *response) release() error {
	if r.broken != nil || r.sent {
		return r.broken
	}
	r.sendHeader()
	if len(r.early) > 0 {
		_, r.broken = r.Unwrap().Write(r.early)
		r.early = r.early[:0]
	}
	return r.broken
}
