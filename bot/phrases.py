"""What the bot says on its own account, word for word."""

SHUTDOWN = (
    "I need to end this call for a system update. Please call back shortly. Thank you!"
)

FAREWELLS = {
    "shutdown": SHUTDOWN,
    "operator_hangup": "This call is being ended now. Goodbye!",
    "max_duration": "We have reached the time limit for this call. Goodbye!",
    "idle_timeout": "I have not heard from you for a while, so I hang up. Goodbye!",
}

APOLOGY = "Sorry, I had a problem just now. Could you say that again?"
