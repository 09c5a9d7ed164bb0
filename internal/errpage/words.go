package errpage

import (
	"net/http"
	"strings"
)

// words returns the default heading and advice for a status.
func words(status int) (title, detail string) {
	switch status {
	case http.StatusBadRequest:
		return "That request cannot be understood", "Something in it is malformed. Check the address or the form and try again."
	case http.StatusUnauthorized:
		return "Please sign in", "This page is for people who are signed in."
	case http.StatusForbidden:
		return "Not allowed", "You may not see or do this with the account you are using."
	case http.StatusNotFound:
		return "Not found", "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		return "Method not allowed", "This address does not take such a request."
	case http.StatusConflict:
		return "Conflict", "Somebody else changed this in the meantime."
	case http.StatusRequestEntityTooLarge:
		return "Too large", "What you sent is larger than this site accepts."
	case http.StatusUnsupportedMediaType:
		return "Unsupported format", "This address does not take what you sent in that format."
	case http.StatusTooManyRequests:
		return "Too many attempts", "Please wait a little before you try again."
	case http.StatusServiceUnavailable:
		return "Not available right now", "The site is busy or a part of it is being restarted. Please try again shortly."
	}
	if status >= 500 {
		return "Something went wrong", "The fault is on our side and has been recorded. If it comes back, tell us the incident number."
	}
	return strings.TrimSpace(http.StatusText(status)), ""
}
