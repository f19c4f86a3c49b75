"""Mail domains that say little about a company: the commonest free and disposable ones.

Chosen from public knowledge of the large providers; a policy decides what they mean.
"""

from __future__ import annotations

FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com
    rocketmail.com aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com
    protonmail.ch pm.me mail.com email.com usa.com zoho.com zohomail.com zohomail.eu fastmail.com
    fastmail.fm hey.com tutanota.com tuta.com tuta.io tutamail.com gmx.com gmx.net gmx.de gmx.at
    gmx.ch gmx.fr gmx.co.uk gmx.us web.de t-online.de freenet.de arcor.de online.de posteo.de
    mailbox.org hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk hotmail.nl hotmail.be
    hotmail.se hotmail.ca hotmail.com.br hotmail.com.ar hotmail.co.jp live.de live.fr live.it
    live.nl live.be live.se live.dk live.no live.ca live.co.uk live.com.mx live.com.au outlook.de
    outlook.fr outlook.it outlook.es outlook.jp outlook.co.uk outlook.com.br outlook.com.au
    yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.ca yahoo.com.br yahoo.com.ar
    yahoo.com.mx yahoo.com.au yahoo.co.jp yahoo.co.in yahoo.in yahoo.com.sg yahoo.com.tw
    yahoo.com.hk yahoo.com.ph yahoo.co.id yahoo.gr yahoo.se yahoo.no yahoo.dk yahoo.pl yahoo.ro
    orange.fr wanadoo.fr free.fr sfr.fr laposte.net bbox.fr neuf.fr libero.it virgilio.it alice.it
    tin.it tiscali.it inwind.it terra.es telefonica.net sapo.pt btinternet.com btopenworld.com
    sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk bluewin.ch hispeed.ch
    sunrise.ch aon.at chello.at chello.nl ziggo.nl kpnmail.nl xs4all.nl home.nl planet.nl
    skynet.be telenet.be scarlet.be telia.com comhem.se bredband.net online.no mail.dk seznam.cz
    centrum.cz email.cz wp.pl o2.pl onet.pl interia.pl op.pl azet.sk freemail.hu citromail.hu
    abv.bg mail.bg mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net
    i.ua comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    earthlink.net juno.com optonline.net frontier.com windstream.net shaw.ca rogers.com
    sympatico.ca telus.net videotron.ca bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    xtra.co.nz uol.com.br bol.com.br terra.com.br ig.com.br globo.com prodigy.net.mx qq.com
    163.com 126.com yeah.net sina.com sina.cn sohu.com foxmail.com aliyun.com 139.com naver.com
    hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp nifty.com
    rediffmail.com sify.com walla.co.il walla.com hotmail.co.il lycos.com inbox.com hushmail.com
    runbox.com duck.com
    """.split()  # noqa: SIM905 - two hundred quoted names are harder to read and to extend
)

DISPOSABLE = frozenset(
    """
    mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org guerrillamail.de
    sharklasers.com grr.la 10minutemail.com 10minutemail.net 20minutemail.com temp-mail.org
    temp-mail.io tempmail.com tempmail.net tempmail.dev tempmailo.com tempr.email throwawaymail.com
    yopmail.com yopmail.fr yopmail.net trashmail.com trashmail.de trashmail.net trash-mail.com
    wegwerfmail.de wegwerfmail.net wegwerfemail.de einrot.com dispostable.com maildrop.cc
    mailnesia.com mailcatch.com mintemail.com mohmal.com moakt.com moakt.cc getnada.com nada.email
    fakeinbox.com fakemail.net fakemailgenerator.com spamgourmet.com spam4.me mytemp.email
    mytrashmail.com emailondeck.com burnermail.io discard.email discardmail.com spambog.com
    jetable.org incognitomail.org mailsac.com inboxkitten.com tmpmail.org tmpmail.net
    anonaddy.me 33mail.com byom.de muellmail.com
    """.split()  # noqa: SIM905 - as above
)
