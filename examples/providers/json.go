package providers

import (
	"encoding/json"
	"net/http"
)

// maxBody bounds the body of a request to an API, in bytes.
const maxBody = 64 << 10

// sendJSON replies with v.
func sendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(http.ErrAbortHandler) // the reader is gone: replies are our own structs
	}
}

// sendError replies with a code and what it means.
func sendError(w http.ResponseWriter, status int, code string) {
	sendJSON(w, status, map[string]string{"error": code, "message": meaning(code)})
}

// meaning says an error's code in French.
func meaning(code string) string {
	return map[string]string{
		"internal_error":    "Une erreur est survenue. Réessayez dans quelques instants.",
		"maintenance":       "Le service revient demain matin.",
		"too_many_requests": "Trop de demandes en peu de temps.",
		"bad_request":       "La demande est mal formée.",
		"not_found":         "Introuvable.",
		"bad_credentials":   "Identifiant ou mot de passe incorrect.",
		"wrong_code":        "Ce code n’est pas le bon.",
		"challenge_expired": "Ce code n’est plus valable. Recommencez.",
		"session_expired":   "Votre session a expiré.",
		"consent_expired":   "Votre consentement d’accès aux comptes a expiré. Renouvelez-le sur notre site.",
		"terms_to_accept":   "De nouvelles conditions sont à accepter sur notre site.",
		"invalid_cursor":    "Ce curseur n’est pas valable.",
		"invalid_token":     "Ce jeton n’est pas ou plus valable.",
		"period_too_long":   "La période demandée est trop longue.",
		"no_data":           "Aucune donnée sur cette période.",
	}[code]
}

// readJSON reads the body of r into v.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(v); err != nil {
		sendError(w, http.StatusBadRequest, "bad_request")
		return false
	}
	return true
}
