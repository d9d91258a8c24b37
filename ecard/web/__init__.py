"""HTTP: thin blueprints by audience. Parse, authorise, call one service, present; no SQL, no rules, no signing here."""
