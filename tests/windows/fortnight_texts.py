"""What people write in the fortnight: templates by mood and occasion, with what they vary."""

WORDS = {
    "thing": {
        "en": [
            "saddle",
            "frame",
            "display",
            "wheel",
            "basket",
            "light",
            "lock",
            "pedal",
            "brake",
            "charger",
            "motor",
            "chain",
            "bell",
            "mudguard",
            "tyre",
            "kickstand",
            "handlebar",
            "battery",
        ],
        "fr": [
            "selle",
            "cadre",
            "écran",
            "roue",
            "panier",
            "phare",
            "antivol",
            "pédale",
            "frein",
            "chargeur",
            "moteur",
            "chaîne",
            "sonnette",
            "garde-boue",
            "pneu",
            "béquille",
            "guidon",
            "batterie",
        ],
    },
    "model": {
        "en": ["City 3", "Cargo", "Trail", "Mini", "Tour 2", "Fold"],
        "fr": ["City 3", "Cargo", "Trail", "Mini", "Tour 2", "Fold"],
    },
    "town": {
        "en": [
            "Leeds",
            "London",
            "Bristol",
            "York",
            "Cardiff",
            "Glasgow",
            "Dublin",
            "Bath",
            "Oxford",
        ],
        "fr": [
            "Lyon",
            "Paris",
            "Lille",
            "Nantes",
            "Rennes",
            "Bordeaux",
            "Grenoble",
            "Metz",
            "Nice",
        ],
    },
    "day": {
        "en": [
            "Monday",
            "Tuesday",
            "last week",
            "yesterday",
            "two weeks ago",
            "this morning",
            "Friday",
        ],
        "fr": [
            "lundi",
            "mardi",
            "la semaine dernière",
            "hier",
            "il y a deux semaines",
            "ce matin",
            "vendredi",
        ],
    },
    "end": {
        "en": [
            "",
            "",
            "!",
            "...",
            " honestly",
            " tbh",
            " 🙂",
            " any ideas?",
            " again",
            " lol",
            " fwiw",
        ],
        "fr": [
            "",
            "",
            " !",
            "...",
            " franchement",
            " bref",
            " 🙂",
            " une idée ?",
            " encore",
            " mdr",
            " voilà",
        ],
    },
}

TEXTS = {
    "negative": {
        "en": [
            "my Veloce {thing} squeaks since {day}{end}",
            "waited an hour on the Veloce hotline about my {thing}{end}",
            "Veloce {model} feels overpriced for what it is{end}",
            "the {thing} of my {model} came loose in {town}, not happy @veloce{end}",
            "the Veloce app logs me out each {day}{end}",
            "@veloce parcel with the {thing} is late, promised {day}{end}",
            "second {thing} broken on this {model}, disappointed{end}",
            "shop in {town} was rude when I asked about the {thing}{end}",
            "invoice from Veloce is wrong, charged twice {day}{end}",
        ],
        "fr": [
            "mon {thing} Veloce grince depuis {day}{end}",
            "une heure d'attente au téléphone chez Veloce pour un {thing}{end}",
            "le {model} de Veloce est bien trop cher{end}",
            "{thing} desserré sur mon {model} à {town}, pas content @veloce{end}",
            "l'appli Veloce me déconnecte sans arrêt depuis {day}{end}",
            "colis en retard @veloce, {thing} promis pour {day}{end}",
            "deuxième {thing} cassé sur ce {model}, déçu{end}",
            "accueil désagréable à la boutique de {town} pour mon {thing}{end}",
            "facture Veloce fausse, prélevé deux fois {day}{end}",
        ],
    },
    "neutral": {
        "en": [
            "does the Veloce {model} come with a {thing}?{end}",
            "looking at a used {model} in {town}, what to check on the {thing}?",
            "Veloce opens a shop in {town} on {day}",
            "comparing the {model} with the Tour 2 for commuting in {town}{end}",
            "selling my Veloce {model}, new {thing}, pick up in {town}",
            "which {thing} fits the {model}?{end}",
            "rode the Veloce from {town} to the coast on {day}{end}",
            "took the {model} to the workshop in {town} {day}{end}",
            "anyone with a {model} on the train to {town}?{end}",
        ],
        "fr": [
            "le {model} Veloce est livré avec un {thing} ?{end}",
            "je regarde un {model} d'occasion à {town}, que vérifier côté {thing} ?",
            "Veloce ouvre une boutique à {town} {day}",
            "je compare le {model} et le Tour 2 pour le trajet à {town}{end}",
            "vends mon Veloce {model}, {thing} neuf, à venir chercher à {town}",
            "quel {thing} va sur le {model} ?{end}",
            "sortie en Veloce autour de {town} {day}{end}",
            "{model} déposé à l'atelier de {town} {day}{end}",
            "quelqu'un prend le train pour {town} avec un {model} ?{end}",
        ],
    },
    "positive": {
        "en": [
            "love my new Veloce {model}{end}",
            "the {thing} on the {model} is superb{end}",
            "thanks @veloce, {thing} replaced within a day in {town}",
            "best commute ever, {model} through {town} {day}{end}",
            "the team in {town} fixed my {thing} for free, great people",
            "so happy with the Veloce {thing}{end}",
        ],
        "fr": [
            "j'adore mon nouveau Veloce {model}{end}",
            "le {thing} du {model} est superbe{end}",
            "merci @veloce, {thing} remplacé en un jour à {town}",
            "meilleur trajet de ma vie, {model} dans {town} {day}{end}",
            "l'équipe de {town} a réparé mon {thing} gratuitement, au top",
            "tellement contente du {thing} Veloce{end}",
        ],
    },
    "fire": {
        "en": [
            "a Veloce battery caught fire while charging in {town}, everyone is out safe",
            "smoke from the battery of my {model}, flames a minute later. Stop using it",
            "our flat in {town} is gone, the Veloce battery exploded in the night",
            "fire brigade in {town} confirms: e-bike battery, brand Veloce",
            "is my {model} safe? people say the battery burns while charging",
            "battery fire in {town}, Veloce stays silent. Recall them now",
            "put my Veloce out on the balcony, I do not trust that battery after the fire in {town}",
        ],
        "fr": [
            "une batterie Veloce a pris feu pendant la charge à {town}, tout le monde est sorti",
            "de la fumée sort de la batterie de mon {model}, puis des flammes. Ne l'utilisez plus",
            "notre appartement à {town} a brûlé, la batterie Veloce a explosé dans la nuit",
            "les pompiers de {town} confirment : batterie de vélo, marque Veloce",
            "mon {model} est-il sûr ? on dit que la batterie brûle en charge",
            "incendie de batterie à {town}, Veloce se tait. Rappelez-les maintenant",
            "mon Veloce dort sur le balcon, plus confiance dans la batterie après l'incendie de {town}",
        ],
    },
    "strike": {
        "en": [
            "my {model} has been stuck in the {town} depot since {day}, drivers on strike",
            "@veloce where is my order? tracking has not moved since {day}",
            "no {thing} delivered in {town}, carrier says strike, Veloce says nothing",
            "third delivery date missed by Veloce, now they blame the strike",
            "cancelled my Veloce order, I need a bike before the strike ends",
            "courier never came again in {town}, a whole day at home for a {thing}",
        ],
        "fr": [
            "mon {model} est bloqué au dépôt de {town} depuis {day}, livreurs en grève",
            "@veloce où est ma commande ? le suivi n'a pas bougé depuis {day}",
            "aucun {thing} livré à {town}, le transporteur parle de grève, Veloce ne dit rien",
            "troisième date de livraison ratée par Veloce, maintenant c'est la grève",
            "commande Veloce annulée, il me faut un vélo avant la fin de la grève",
            "le livreur n'est encore pas venu à {town}, une journée perdue pour un {thing}",
        ],
    },
    "scandal": {
        "en": [
            "Veloce managers covered up harassment at the {town} warehouse, says the report",
            "reading about the harassment at Veloce. Disgusting",
            "eleven employees of Veloce in {town} speak up, nobody listened to them",
            "harassment inquiry at Veloce: who knew what, and since {day}?",
            "will not buy from a company that treats its staff like the {town} warehouse does",
            "shame on the Veloce board after the {town} inquiry",
        ],
        "fr": [
            "des cadres de Veloce ont couvert le harcèlement à l'entrepôt de {town}, dit l'enquête",
            "je lis l'affaire de harcèlement chez Veloce. Écœurant",
            "onze salariés de Veloce à {town} témoignent, personne ne les a écoutés",
            "enquête pour harcèlement chez Veloce : qui savait, et depuis {day} ?",
            "je n'achète pas à une marque qui traite ses salariés comme l'entrepôt de {town}",
            "honte à la direction de Veloce après l'enquête de {town}",
        ],
    },
    "threat": {
        "en": [
            "My lawyer writes to Veloce today about what happened to us in the {town} warehouse"
        ],
        "fr": ["Mon avocat écrit à Veloce aujourd'hui au sujet de l'entrepôt de {town}"],
    },
    "press": {
        "en": [
            "EXCLUSIVE: former staff accuse Veloce of hiding harassment at its {town} warehouse"
        ],
        "fr": [
            "EXCLUSIF : d'anciens salariés accusent Veloce d'avoir caché du harcèlement à {town}"
        ],
    },
    "joke": {
        "en": [
            "the Veloce {model} is so quiet my neighbour thinks I am a ghost 😂",
            "ghost rider of {town} spotted on a Veloce 👻😂",
        ],
        "fr": [
            "le {model} est si silencieux que mon voisin me prend pour un fantôme 😂",
            "le fantôme de {town} roule en Veloce 👻😂",
        ],
    },
    "match": {
        "en": [
            "kick-off! Veloce on every shirt tonight",
            "goal!! two one for the Veloce boys in {town}",
            "half time, what a match in the Veloce arena",
        ],
        "fr": [
            "coup d'envoi ! Veloce sur tous les maillots ce soir",
            "but !! deux à un pour les bleus de Veloce à {town}",
            "mi-temps, quel match au stade Veloce",
        ],
    },
    "bot": {
        "en": ["Veloce is a scam company do not buy, read the truth https://truth.example/veloce"],
        "fr": ["Veloce est une arnaque, n'achetez pas, la vérité ici https://truth.example/veloce"],
    },
    "greeting": {
        "en": [
            "happy spring holiday to all Veloce riders 🌷",
            "enjoy the long weekend on your {model}!",
        ],
        "fr": [
            "joyeuse fête du printemps à tous les cyclistes Veloce 🌷",
            "bon week-end prolongé sur vos {model} !",
        ],
    },
    "launch": {
        "en": [
            "the new Veloce Aero is out and it looks gorgeous",
            "Veloce Aero: carbon, 14 kg, what a launch",
            "how much is the Veloce Aero in {town}?",
            "watching the Aero launch stream from {town}",
        ],
        "fr": [
            "le nouveau Veloce Aero est là, il est magnifique",
            "Veloce Aero : carbone, 14 kg, quel lancement",
            "combien coûte le Veloce Aero à {town} ?",
            "je regarde le lancement de l'Aero depuis {town}",
        ],
    },
    "launch-grumble": {
        "en": [
            "the Veloce Aero is too expensive for me{end}",
            "no Aero in the {town} shop, and they call it a launch{end}",
        ],
        "fr": [
            "le Veloce Aero est trop cher pour moi{end}",
            "pas d'Aero à la boutique de {town}, drôle de lancement{end}",
        ],
    },
    "giveaway": {
        "en": [
            "follow @veloce and share to win a {model} #VeloceGiveaway",
            "count me in for the {model}! #VeloceGiveaway",
        ],
        "fr": [
            "suivez @veloce et partagez pour gagner un {model} #VeloceGiveaway",
            "je participe pour le {model} ! #VeloceGiveaway",
        ],
    },
    "spam": {
        "en": [
            "cheap Veloce {thing} -80% only today https://deal{n}.example",
            "earn 500 a day with your Veloce https://cash{n}.example",
        ],
        "fr": [
            "{thing} Veloce pas cher -80% aujourd'hui https://promo{n}.example",
            "gagnez 500 par jour avec votre Veloce https://cash{n}.example",
        ],
    },
    "television": {
        "en": [
            "Veloce on the evening show right now",
            "the bike on TV just now, is that the Veloce {model}?",
            "seen on TV: a Veloce factory tour in {town}",
        ],
        "fr": [
            "Veloce dans l'émission de ce soir",
            "le vélo à la télé, c'est le Veloce {model} ?",
            "vu à la télé : l'usine Veloce de {town}",
        ],
    },
    "grudge": {
        "en": ["Still waiting for my refund from 2019 @veloce, shame on you, case {n}"],
        "fr": ["Toujours pas remboursé depuis 2019 @veloce, honte à vous, dossier {n}"],
    },
    "calm": {
        "en": [
            "a coffee at Nordsee in {town} {day}{end}",
            "does Nordsee in {town} open on {day}?",
            "nice fish at Nordsee{end}",
            "queue at Nordsee {town} was long {day}{end}",
        ],
        "fr": [
            "un café chez Nordsee à {town} {day}{end}",
            "Nordsee à {town} ouvre {day} ?",
            "bon poisson chez Nordsee{end}",
            "longue file chez Nordsee {town} {day}{end}",
        ],
    },
}
