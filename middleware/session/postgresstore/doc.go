// Package postgresstore keeps sessions in a table of PostgreSQL.
package postgresstore
