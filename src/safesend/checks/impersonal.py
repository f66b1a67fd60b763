"""Addresses that are no person's: an office, a desk, a machine."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

__all__ = ["FREE_MAIL", "is_impersonal", "is_role"]

# RFC 2142 and what offices print on their letters, in lower case.
_ENGLISH = """
    abuse accessibility account accounting accounts admin administration
    administrator admissions advertising alert alerts archive archives billing board
    booking bookings bounce bounces bursar bursary business campaign campaigns care
    career careers chair chairman clerk clinic club committee communication
    communications community complaints compliance concierge conference contact
    contacts contactus contracts coordinator council customer customercare customers
    customerservice data dataprotection deliveries delivery desk development
    director donate donations donotreply dpo editor editorial education email
    emergency enquiries enquiry events exhibition exhibitions facilities faq
    feedback finance foi foundation frontdesk ftp fundraising general gifts giving
    grants grievance headoffice headteacher health hello help helpdesk helpline hi
    hosting hostmaster hotline hr inbox info information inquiries inquiry insurance
    international investor investors invoice invoices invoicing jobs laboratory
    legal library licensing list list-request listings logistics mail mailbox mailer
    mailer-daemon maintenance management manager marketing mayor media member
    members membership memberships ministry museum network news newsdesk newsletter
    newsletters newsroom no-reply nobody noc noreply notification notifications
    notify office officer operations opt-out optout order orders owner parish
    partner partnership partnerships payment payments payroll permissions planning
    police policy post postmaster pr practice president press principal privacy
    procurement production products programme project projects property public
    publications publicity publisher purchasing quality questions reception
    recruiting recruitment refund refunds registrar registration registrations
    registry renewals rental rentals reply report reports request requests research
    reservation reservations returns root sales school sec secretariat secretary
    security service services shipping shop signup social spam sponsors sponsorship
    staff standards stewardship store student students studio submission submissions
    subscribe subscription subscriptions suggestions support survey sysadmin tax
    team tech technical tender tenders tickets training travel treasurer university
    unsubscribe updates usenet uucp vendor visit visitor visitors voicemail
    volunteer volunteering volunteers warden warehouse web webmaster website welcome
    welfare wholesale www
"""
_GERMAN = """
    abo abos anfrage anfragen anmeldung ansprechpartner anzeigen archiv auftrag
    ausbildung auskunft beratung beschwerde bestellung bestellungen bewerbung
    bewerbungen bibliothek buchhaltung buchung buero bureau büro datenschutz
    datenschutzbeauftragter dekanat direktion disposition einkauf empfang fachschaft
    fraktion gemeinde geschaeftsfuehrung geschaeftsstelle geschäftsführung
    geschäftsstelle gf hallo hausverwaltung hilfe hotel impressum initiative
    institut jugend kanzlei karriere kasse kirche kita klinik kommunikation kontakt
    kultur kunden kundenbetreuung kundendienst kundenservice lager landesverband
    leitung mahnung mitglieder mitgliederservice mitgliedschaft nachricht
    nachrichten oeffentlichkeitsarbeit ortsverein personal pfarramt pfarrbuero
    pforte poststelle praxis presse pressestelle projekt rathaus rechnung rechnungen
    rechnungswesen recht redaktion reklamation rektorat reservierung retoure
    rundbrief schatzmeister schule schulleitung sekretariat seminar seminare
    serviceteam sozialdienst spenden sport stadt stiftung studienberatung studio
    technik termin termine theater tickets tourismus veranstaltung veranstaltungen
    verband verein verkauf verlag versand vertrieb verwaltung vorsitz vorsitzende
    vorsitzender vorstand werbung werkstatt widerruf zentrale zentrum
"""
_FRENCH = """
    abonnement abonnements accueil achat achats actualites adherent adherents
    adhesion adhésion administratif agence aide annonces assistance association
    atelier bibliotheque billetterie boutique cabinet candidature centre client
    clients commande commandes commercial commerciale compta comptabilite
    comptabilité conseil courrier culture devis direction dons dpd dsi ecole emploi
    enseignement etudes evenements facturation facture factures finances formation
    formations formulaire gestion inscription inscriptions juridique lettre
    livraison location magasin mairie medias mediatheque musee ne-pas-repondre
    nepasrepondre paie paroisse partenariat partenariats pedagogie presidence presse
    production promotion président rdv reclamation reclamations recrutement rectorat
    redaction rendezvous reponse rgpd rh rédaction sav scolarite secretaire
    secretariat secrétariat service-client serviceclient services siege soutien
    stage stages standard syndicat technique tourisme tresorier vente ventes
    webmestre
"""
_SPANISH_PORTUGUESE = """
    administracao administracion administración admisiones aluguel asistencia
    atencion atencionalcliente atención atendimento ayuda ayuntamiento biblioteca
    boletim boletin cadastro calidad cliente clientes cobranza comercial compras
    comunicacao comunicacion comunicación comunicação consejo consultas contabilidad
    contabilidade contacto contato contratacion contratos correo cultura cursos
    departamento deportes direccion dirección diretoria donativos duvidas encomendas
    escola escuela eventos facturacion facturación fale-conosco faleconosco
    faturacao faturamento financeiro financiero formacion formación fundacion geral
    gerencia hola informacion información informacoes informatica inscricoes
    inscripciones juridico loja marketing matricula matriculas noticias oficina ola
    ouvidoria pagamentos pagos parroquia pedidos prefeitura prensa presidencia
    privacidad privacidade proteccion-datos protecciondedatos proveedores proyectos
    recepcao recepcion recepción reclamaciones recrutamento recursos recursoshumanos
    redaccion registro reservas rrhh sac secretaria secretaría seguridad servicios
    soporte sugerencias suporte suscripciones tecnico tesoreria tienda turismo
    vendas ventas voluntariado
"""
_ITALIAN = """
    abbonamenti acquisti amministrazione area-clienti assistenza assistenzaclienti
    associazione ausl biblioteca biglietteria bottega candidature clienti
    commerciale comune comunicazione comunicazioni consulenza contabilita
    contabilità contatti corsi direttore direzione eventi fatturazione fatture
    formazione gare iscrizioni lavoro logistica magazzino noleggio notizie ordini
    pagamenti parrocchia pec personale prenotazioni presidente presidenza preventivi
    produzione progetti protocollo reception reclami redazione risorseumane scuola
    segnalazioni segreteria servizi servizio sindaco soci spedizioni stampa studenti
    supporto tecnico tesoreria ufficio ufficiostampa urp vendite
"""
_DUTCH_NORDIC = """
    aanmelden aanmelding administratie afdeling afspraak allmant balie bestelling
    bestellingen bestilling bestuur bibliotek bibliotheek boekhouding boeking
    bokning booking communicatie debiteuren donateurs ekonomi ekonomia facturen
    factuur faktura fakturor fg forening förening gemeente griffie huisarts
    informasjon informatie inkoop inköp jobb kansli kansliet kassa kassör kauppa
    kirjaamo kirjasto klacht klachten klant klanten klantenservice kommun kontor
    kontoret kontrakt kundeservice kundservice kundtjanst kundtjänst leden
    ledenadministratie lehdisto löner lønn medlem medlemmar medlemmer medlemservice
    medlemskap myynti neuvonta onderwijs order ostot palaute palkat penningmeester
    personeel posti postmottak praktijk privatliv receptie redactie redaksjonen
    redaktionen regnskab regnskap reserveren salaris salg school secretariaat
    sekretaer skole styrelsen styret svar tilaukset toimisto toimitus vereniging
    verkoop verwaltung voorzitter vragen webbredaktion webshop werken winkel
"""
_EASTERN = """
    administracja biblioteka biuro dotazy dyrekcja dyrektor egyesulet fakturace
    faktury iletisim informace informacja informatii iroda iskola kadry kancelar
    kancelaria kariera klient kontakty konyvtar ksiegowosc magazyn marketingu obchod
    objednavky obsluga oferty ofis poczta podatelna podpora pomoc posta praca prasa
    predaj prodej protokol redakce redakcja reklamacje rekrutacja relatii-clienti
    rezervace rezervari rezerwacja rezerwacje rodo sekretariatu sekretarka serwis
    sklep skola spolek sprzedaz starosta studium suport szerkesztoseg szerviz szkola
    szkolenia tajemnik titkarsag turystyka uctarna ugyfelszolgalat urad urzad
    vanzari wsparcie wspolpraca zakaznik zakupy zamowienia zapisy
"""
_LANGUAGES = (
    _ENGLISH,
    _GERMAN,
    _FRENCH,
    _SPANISH_PORTUGUESE,
    _ITALIAN,
    _DUTCH_NORDIC,
    _EASTERN,
)
_ROLES = frozenset(word for words in _LANGUAGES for word in words.split())
# Surnames and first names as well: an office only when they stand alone.
_ALSO_NAMES = """
    archive chair clerk client clients customer general gifts hello hi jobs kasse
    kirche lager legal mayor member officer ola order owner parish police policy
    post posta praxis president presidente principal recht root sac sales school
    schule sec stadt standard store student students tax theater travel warden web
    winkel
"""
_IN_PARTS = _ROLES - frozenset(_ALSO_NAMES.split())
_SPLIT = re.compile(r"[._+-]|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")

_FREEMAIL = """
    126.com 139.com 163.com 1und1.de a1.net abv.bg aim.com alice.it aliceadsl.fr
    aliyun.com aol.com aon.at arcor.de atlas.cz att.net azet.sk bbox.fr bell.net
    bellsouth.net bigpond.com bigpond.net.au bk.ru bluemail.ch bluewin.ch
    blueyonder.co.uk bol.com.br btinternet.com btopenworld.com casema.nl centrum.cz
    centrum.sk charter.net chello.at chello.nl citromail.hu club-internet.fr
    comcast.net cox.net daum.net disroot.org duck.com earthlink.net eircom.net
    elisanet.fi email.com email.cz email.de email.it eunet.at fastmail.com
    fastmail.fm foxmail.com free.fr freemail.hu freenet.de freeserve.co.uk
    frontier.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.info gmx.net
    gmx.org googlemail.com hanmail.net hetnet.nl hey.com hispeed.ch home.nl
    hotmail.be hotmail.ca hotmail.ch hotmail.co.uk hotmail.com hotmail.com.ar
    hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hotmail.no
    hotmail.se hushmail.com i.ua icloud.com ig.com.br iinet.net.au inbox.lt inbox.lv
    inbox.ru inode.at interia.eu interia.pl kabelmail.de kpnmail.nl kpnplanet.nl
    laposte.net libero.it list.ru live.at live.be live.ca live.co.uk live.com
    live.com.au live.com.mx live.com.pt live.de live.dk live.fr live.ie live.it
    live.nl live.no live.se liwest.at luukku.com mac.com magenta.de mail.bg mail.com
    mail.de mail.dk mail.ee mail.ru mail.telepac.pt mailbox.org mailfence.com me.com
    msn.com msn.de mweb.co.za nate.com naver.com neuf.fr ntlworld.com numericable.fr
    o2.co.uk o2.pl o2online.de onet.eu onet.pl online.de online.no op.pl
    optonline.net optusnet.com.au orange.fr outlook.at outlook.com outlook.com.br
    outlook.de outlook.dk outlook.es outlook.fr outlook.it outlook.pt ozemail.com.au
    planet.nl pm.me poczta.fm poczta.onet.pl post.cz posteo.de posteo.net proton.me
    protonmail.ch protonmail.com qq.com quicknet.nl r7.com rambler.ru rediffmail.com
    riseup.net rocketmail.com rogers.com runbox.com sapo.pt sbcglobal.net seznam.cz
    sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be sohu.com spray.se
    startmail.com suddenlink.net sunrise.ch sympatico.ca t-online.de t-online.hu
    talktalk.net tele2.nl telefonica.net telenet.be telfort.nl telia.com telus.net
    terra.com.br terra.es tin.it tiscali.co.uk tiscali.it tlen.pl tuta.com tuta.io
    tutamail.com tutanota.com tutanota.de ukr.net unitybox.de uol.com.br upcmail.at
    upcmail.nl verizon.net videotron.ca virgilio.it virgin.net virginmedia.com
    vodafone.de vodafonemail.de volny.cz vp.pl walla.co.il wanadoo.es wanadoo.fr
    web.de wp.pl wxs.nl xs4all.nl xtra.co.nz ya.ru yahoo.ca yahoo.cn yahoo.co.in
    yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br
    yahoo.com.mx yahoo.de yahoo.dk yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in
    yahoo.it yahoo.no yahoo.pl yahoo.se yandex.com yandex.ru yeah.net ymail.com
    ziggo.nl zoho.com zohomail.com zoznam.sk
"""
FREE_MAIL = frozenset(_FREEMAIL.split())
"""Domains where anybody has an address: it does not say whom somebody works for."""

_LONGEST = 64


def is_role(local: str) -> bool:
    """Whether a local part names an office, also with more: "info.berlin", "press2"."""
    if local in _ROLES:
        return True
    words = [word for word in _SPLIT.split(local[:_LONGEST]) if word]
    return bool(words) and not _IN_PARTS.isdisjoint((words[0], words[-1]))


def is_impersonal(spelling: str, domains: AbstractSet[str]) -> bool:
    """Whether an address is an office's: by its name, or as one of the sender's house.

    `spelling` is in the form of `addresses.keys_of`, `domains` are the sender's own;
    what lies below one of them counts as well. A house at a provider of free mail is
    everybody's, and does not count.
    """
    local, _, domain = spelling.rpartition("@")
    return is_role(local) or _within(domain, domains)


def _within(domain: str, domains: AbstractSet[str]) -> bool:
    while domain:
        if domain in domains:
            return domain not in FREE_MAIL
        domain = domain.partition(".")[2]
    return False
