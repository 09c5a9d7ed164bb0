package auth

import (
	"context"
	"slices"
	"sync"
)

// MemoryUsers keeps users in memory, for examples and tests: they are gone when the
// process is. The zero value is empty and ready for use; it must not be copied.
// Names compare byte by byte.
type MemoryUsers struct {
	mu    sync.RWMutex
	users map[string]User
}

// Lookup implements [Users].
func (m *MemoryUsers) Lookup(_ context.Context, name string) (User, error) {
	m.mu.RLock()
	u, ok := m.users[name]
	m.mu.RUnlock()
	if !ok {
		return User{}, ErrNoUser
	}
	return u, nil
}

// Create implements [Users].
func (m *MemoryUsers) Create(_ context.Context, u User) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.users[u.Name]; ok {
		return ErrUserExists
	}
	if m.users == nil {
		m.users = map[string]User{}
	}
	m.keep(u)
	return nil
}

// Update implements [Users]. change runs under the store's lock.
func (m *MemoryUsers) Update(_ context.Context, name string, change func(*User) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[name]
	if !ok {
		return ErrNoUser
	}
	u.Roles, u.Secrets = slices.Clone(u.Roles), slices.Clone(u.Secrets) // the old ones are in identities already
	if err := change(&u); err != nil {
		return err
	}
	u.Name = name
	m.keep(u)
	return nil
}

// Delete removes a user, and does nothing where there is none of that name.
func (m *MemoryUsers) Delete(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.users, name)
}

func (m *MemoryUsers) keep(u User) {
	u.Roles, u.Secrets = slices.Clip(slices.Clone(u.Roles)), slices.Clip(slices.Clone(u.Secrets))
	m.users[u.Name] = u
}
