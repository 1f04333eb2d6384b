"""What the page says, in English and French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import Mode, Severity
from engine.reasons import Reason

if TYPE_CHECKING:
    from datetime import timedelta

ENGLISH = {
    "title": "What is being said",
    "skip": "Skip to the latest mentions",
    "running": "Running",
    "waiting": "Waiting",
    "failed": "A source failed",
    "source_ended": "Source {name}: ended",
    "source_failed": "Source {name}: {why}",
    "waits_for": "{part}: {why}",
    "policies_refused": "Edit refused at {at} UTC, revision {revision} goes on deciding.",
    "policies_held": "Runs as draft: {what}: {why}",
    "pause": "Pause",
    "resume": "Resume",
    "paused": "Paused",
    "lost": "No answer from the engine; trying again",
    "updated": "as of {time} UTC",
    "counters": "Totals",
    "mentions": "Mentions",
    "decided": "Decided",
    "decisions": "Decisions",
    "outcomes": "Outcomes",
    "backlog": "Backlog",
    "dead_letters": "Dead letters",
    "rate": "Mentions a minute",
    "rate_text": "{rate} a minute now; one bar is {seconds} seconds, the last {minutes} minutes",
    "rate_span": "now; bars: the last {minutes} minutes",
    "sentiment": "Sentiment",
    "rules": "Rules that matched",
    "actions": "Actions",
    "latest_mentions": "Latest mentions",
    "latest_decisions": "Latest decisions",
    "latest_outcomes": "Latest outcomes",
    "no_mentions": "No mention yet: they appear here as the sources bring them.",
    "no_decisions": "No rule has matched yet.",
    "no_outcomes": "Nothing was sent or held back yet.",
    "no_actions": "None planned yet.",
    "no_sentiment": "Nothing classified yet.",
    "open": "Open the original",
    "anonymous": "no author",
    "waiting_for_person": "Waiting for a person",
    "nothing_waits": "No draft waits for a person.",
    "and_more": "and {count} more",
    "seconds_ago": "{n} s ago",
    "minutes_ago": "{n} min ago",
    "hours_ago": "{n} h ago",
    "days_ago": "{n} d ago",
    "tag": "tag",
    "notify": "notice",
    "reply": "reply",
    "webhook": "webhook",
    "all_mentions": "all mentions",
    "matched_by": "Mentions that {rule} matched",
    "none_matched": "No mention was matched by this rule.",
    "why_link": "why {rule} matched",
    "mention": "Mention",
    "back": "Console",
    "details": "Details",
    "author": "Author",
    "source": "Source",
    "brand": "Brand",
    "kind": "Kind",
    "published": "Published",
    "observed": "Arrived",
    "answer_to": "In reply to",
    "links": "Links",
    "likes": "likes",
    "shares": "shares",
    "replies": "replies",
    "reach": "reach",
    "followers": "{count} followers",
    "classifications": "Classifications",
    "not_classified": "Not classified.",
    "not_decided": "Not decided yet.",
    "no_match": "No rule matched.",
    "held_back": "Held back",
    "whole_match": "the whole match",
    "policy": "policy",
    "no_trace": "No trace was kept.",
    "when": "when",
    "all_of": "all of these",
    "any_of": "any of these",
    "not_this": "not",
    "together": "together",
    "held": "held",
    "did_not_hold": "did not hold",
    "undecided": "undecided",
    "seen": "saw",
    "wanted": "wanted",
    "seen_text": "the mention's text",
    "attempt": "attempt {number}",
    "log_row": "log {seq}",
    "missing_title": "No such mention",
    "missing_mention": "No mention with this id is stored.",
    "no_store": "The database does not answer",
    "reference": "API",
    "language": "language",
    "negative": "negative",
    "neutral": "neutral",
    "positive": "positive",
    "unknown": "unknown",
    "planned": "planned",
    "awaiting_approval": "awaiting approval",
    "approved": "approved",
    "sending": "sending",
    "sent": "sent",
    "failed_state": "failed",
    "unknown_state": "unconfirmed",
    "cancelled": "cancelled",
    "suppressed": "held back",
    "open_state": "open",
    "acknowledged": "acknowledged",
    "mitigated": "mitigated",
    "resolved": "resolved",
    "set": "set",
    "ended": "ended",
    **{one.value: one.value for one in (*Severity, *Mode)},
    **{f"why_{one.value}": one.text for one in Reason},
}

FRENCH = {
    "title": "Ce qui se dit",
    "skip": "Aller aux dernières mentions",
    "running": "En marche",
    "waiting": "En attente",
    "failed": "Une source a échoué",
    "source_ended": "Source {name} : terminée",
    "source_failed": "Source {name} : {why}",
    "waits_for": "{part} : {why}",
    "policies_refused": "Changement refusé à {at} UTC, la révision {revision} décide toujours.",
    "policies_held": "Reste en brouillon : {what} : {why}",
    "pause": "Pause",
    "resume": "Reprendre",
    "paused": "En pause",
    "lost": "Le moteur ne répond pas ; nouvel essai",
    "updated": "à {time} UTC",
    "counters": "Totaux",
    "mentions": "Mentions",
    "decided": "Décidées",
    "decisions": "Décisions",
    "outcomes": "Résultats",
    "backlog": "Retard",
    "dead_letters": "Entrées rejetées",
    "rate": "Mentions par minute",
    "rate_text": (
        "{rate} par minute maintenant ; une barre vaut {seconds} secondes, "
        "sur les {minutes} dernières minutes"
    ),
    "rate_span": "maintenant ; barres : {minutes} dernières minutes",
    "sentiment": "Sentiment",
    "rules": "Règles déclenchées",
    "actions": "Actions",
    "latest_mentions": "Dernières mentions",
    "latest_decisions": "Dernières décisions",
    "latest_outcomes": "Derniers résultats",
    "no_mentions": "Aucune mention : elles apparaissent ici dès que les sources les apportent.",
    "no_decisions": "Aucune règle ne s'est encore déclenchée.",
    "no_outcomes": "Rien n'a encore été envoyé ni retenu.",
    "no_actions": "Aucune action prévue.",
    "no_sentiment": "Rien de classé pour l'instant.",
    "open": "Ouvrir l'original",
    "anonymous": "sans auteur",
    "waiting_for_person": "En attente d'une personne",
    "nothing_waits": "Aucun brouillon n'attend une personne.",
    "and_more": "et {count} de plus",
    "seconds_ago": "il y a {n} s",
    "minutes_ago": "il y a {n} min",
    "hours_ago": "il y a {n} h",
    "days_ago": "il y a {n} j",
    "tag": "étiquette",
    "notify": "avis",
    "reply": "réponse",
    "webhook": "webhook",
    "all_mentions": "toutes les mentions",
    "matched_by": "Mentions qui ont déclenché {rule}",
    "none_matched": "Aucune mention n'a déclenché cette règle.",
    "why_link": "pourquoi {rule} s'est déclenchée",
    "mention": "Mention",
    "back": "Console",
    "details": "Détails",
    "author": "Auteur",
    "source": "Source",
    "brand": "Marque",
    "kind": "Genre",
    "published": "Publiée",
    "observed": "Reçue",
    "answer_to": "En réponse à",
    "links": "Liens",
    "likes": "j'aime",
    "shares": "partages",
    "replies": "réponses",
    "reach": "portée",
    "followers": "{count} abonnés",
    "classifications": "Classements",
    "not_classified": "Pas classée.",
    "not_decided": "Pas encore décidée.",
    "no_match": "Aucune règle ne s'est déclenchée.",
    "held_back": "Retenu",
    "whole_match": "tout le déclenchement",
    "policy": "politique",
    "no_trace": "Aucune trace n'a été gardée.",
    "when": "quand",
    "all_of": "toutes ces conditions",
    "any_of": "au moins une de ces conditions",
    "not_this": "sauf",
    "together": "ensemble",
    "held": "vraie",
    "did_not_hold": "fausse",
    "undecided": "indécise",
    "seen": "vu",
    "wanted": "voulu",
    "seen_text": "le texte de la mention",
    "attempt": "essai {number}",
    "log_row": "journal {seq}",
    "missing_title": "Mention inconnue",
    "missing_mention": "Aucune mention de cet identifiant n'est enregistrée.",
    "no_store": "La base de données ne répond pas",
    "reference": "API",
    "language": "langue",
    "negative": "négatif",
    "neutral": "neutre",
    "positive": "positif",
    "unknown": "inconnu",
    "planned": "prévue",
    "awaiting_approval": "à approuver",
    "approved": "approuvée",
    "sending": "en cours d'envoi",
    "sent": "envoyée",
    "failed_state": "échouée",
    "unknown_state": "non confirmée",
    "cancelled": "annulée",
    "suppressed": "retenue",
    "open_state": "ouvert",
    "acknowledged": "pris en charge",
    "mitigated": "contenu",
    "resolved": "résolu",
    "set": "posé",
    "ended": "levé",
    "info": "info",
    "minor": "mineure",
    "major": "majeure",
    "critical": "critique",
    "off": "arrêtée",
    "shadow": "à blanc",
    "draft": "brouillon",
    "enforce": "active",
    "why_shadow": "règle ou action à blanc : évaluée et notée, rien de prévu",
    "why_except": "une exception de la règle s'applique",
    "why_cooldown": "la règle a déjà agi pour la même clé pendant son délai de repos",
    "why_inhibit": "une règle qui compte davantage est active pour les mêmes valeurs",
    "why_silence": "un opérateur a mis la règle en sourdine pour un temps",
    "why_mute": "un calendrier met la règle en sourdine à cette heure",
    "why_outside_calendar": "l'étape de la chaîne tombe hors de son calendrier",
    "why_too_few_alerts": "l'étape de la chaîne demande plus d'alertes qu'il n'y en a eu",
    "why_nobody_on_call": "personne de l'astreinte n'est de garde à ce moment",
    "why_late": "la mention est arrivée trop tard pour compter dans la fenêtre de la règle",
    "why_approval": "attend l'accord d'une personne",
    "why_no_template": "le modèle n'a pas de texte dans la langue de la mention",
    "why_expired": "n'a pas été envoyée avant de perdre son sens",
    "why_receiver_refused": "le destinataire l'a refusée pour de bon",
    "why_attempts_spent": "tous les essais permis ont échoué",
    "why_unconfirmed": "peut-être envoyée, peut-être pas : une personne doit vérifier",
    "why_channel_gone": "le canal qu'elle nomme n'est plus défini",
}

LANGUAGES = {"en": ENGLISH, "fr": FRENCH}
_THOUSANDS = {"en": ",", "fr": "\u202f"}


def choose_language(accepted: str) -> str:
    """Return the language an ``Accept-Language`` header prefers, of ours; else English."""
    found = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            found.append((-_weight(weight), place, language))
    weighed = [one for one in found if one[0] < 0]
    return min(weighed)[2] if weighed else "en"


def format_count(number: float, language: str) -> str:
    """Return a whole number as the language writes it."""
    return f"{number:,.0f}".replace(",", _THOUSANDS[language])


def format_share(share: float, language: str) -> str:
    """Return a share in [0, 1] as a whole percentage."""
    return f"{share:.0%}" if language == "en" else f"{share * 100:.0f}\u202f%"


def format_age(age: timedelta, language: str) -> str:
    """Return how long ago something was, in its largest whole unit."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return LANGUAGES[language][f"{unit}_ago"].format(n=seconds // size)
    return LANGUAGES[language]["seconds_ago"].format(n=seconds)


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
