// Package book makes sense of a person's bank lines: what each was for, what a
// month comes to against a usual one, what recurs, what rose, what may have been
// forgotten and what will be left. It is pure: the same lines and the same day
// give the same answers. Amounts are exact; currencies are never added up
// together, nor lines that are only pending with those that are booked.
package book
