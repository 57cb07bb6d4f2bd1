"""Those who bring calls to us: Plivo for telephones, Meta for WhatsApp. Knows no call
of ours: only theirs, by the ids that they give them."""
