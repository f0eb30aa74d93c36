//! Products with their versions, in headers and bodies.

use super::class::Class;
use super::detector::Detector;

const fn version(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::ServerVersion, detail, anchors, pattern, example)
}

pub(super) const DETECTORS: &[Detector] = &[
    // `product/version` (RFC 9110 section 10.2.4), but not as part of a URL path.
    version(
        "product and version",
        &[
            "nginx/", "openresty/", "apache/", "apache-coyote/", "tomcat/", "jetty/", "gunicorn/", "uvicorn/", "hypercorn/", "werkzeug/",
            "kestrel/", "-iis/", "-httpapi/", "envoy/", "haproxy/", "caddy/", "php/", "lighttpd/", "litespeed/", "varnish/",
            "squid/", "webrick/", "puma/", "mongrel/", "unicorn/", "cowboy/", "wildfly/", "jboss-eap/", "glassfish/", "weblogic/",
            "undertow/", "netty/", "traefik/", "kong/", "tengine/", "zope/", "aiohttp/", "tornadoserver/", "twistedweb/", "cherrypy/",
            "waitress/", "daphne/", "starlette/", "actix-web/", "cpython/", "python/", "openssl/", "mod_ssl/", "mod_perl/", "mod_wsgi/",
            "mod_jk/", "express/", "fastify/", "deno/", "passenger/", "thin/", "resin/", "simplehttp/", "basehttp/", "ibm_http_server/",
            "apisix/", "h2o/", "asp.net/", "servlet/", "jsp/", "perl/", "ruby/", "flask/", "django/", "bjoern/", "cheroot/",
        ],
        r"(?i)(?:^|[^/\w.@-]|\\[nrt])((?:Microsoft-(?:IIS|HTTPAPI)|Phusion[ _]Passenger|[a-z][\w-]*|ASP\.NET)/v?\d+(?:\.\d+[\w.-]*)?)(?:[^\w/]|$)",
        "<hr><center>nginx/1.18.0</center>",
    )
    .back(20)
    .keep(product),
    version(
        "framework and version",
        &["Spring Boot", "Phusion Passenger", "Payara Server", "GlassFish Server", "JBoss", "WebLogic Server", "ColdFusion", "Jetty(", "Jetty://", "nginx version", "PHP Version ", "Laravel v", "Rails version", "ASP.NET Version", ".NET Framework Version"],
        r"(?:Spring Boot ::\s+\(v|Phusion Passenger(?:\(R\))? |Payara Server\s+|GlassFish Server[\w ]* |JBoss(?: EAP| AS|Web)?[ -/]|WebLogic Server |ColdFusion |Jetty\(|Jetty://[ v]*|nginx version: nginx/|PHP Version </?[\w =<>/]*|PHP Version |Laravel v|Rails version:? |ASP\.NET Version:?|\.NET Framework Version:?)\s*\d+\.[\d.]+\w*",
        "Powered by Jetty:// 9.4.43.v20210629",
    ),
    // Headers, one per line.
    version(
        "X-Powered-By header",
        &["X-Powered-By"],
        r"(?mi)^X-Powered-By: *\S[^\r\n]*",
        "X-Powered-By: Express\n",
    ),
    version(
        "ASP.NET version header",
        &["X-AspNet"],
        r"(?mi)^X-AspNet(?:Mvc)?-Version: *\S[^\r\n]*",
        "X-AspNet-Version: 4.0.30319\n",
    ),
    version(
        "Server header",
        &["Server: "],
        r"(?mi)^Server: *[^\r\n]*?[a-z][^\r\n]*?[/ (v-]\d[\d.]*[^\r\n]*",
        "Server: Acme-Gateway/2.4.1\n",
    ),
    version(
        "Via header",
        &["Via: "],
        r"(?mi)^Via: *[^\r\n]*\([^)\r\n]*[a-z][\w. -]*/v?\d[^\r\n]*",
        "Via: 1.1 edge (squid/4.10)\n",
    ),
    version(
        "generator header",
        &["X-Generator", "X-Runtime-Version", "X-Drupal-", "X-Powered-CMS", "X-CF-Powered-By", "X-OWA-Version", "Liferay-Portal", "X-Jenkins"],
        r"(?mi)^(?:X-Generator|X-Runtime-Version|X-Drupal-Version|X-Powered-CMS|X-CF-Powered-By|X-OWA-Version|Liferay-Portal|X-Jenkins): *\S[^\r\n]*",
        "X-Generator: Drupal 10 (https://www.drupal.org)\n",
    ),
    version(
        "generator element",
        &["generator"],
        r#"(?i)name=<Q>generator<Q>\s+content=<Q>[^"'>]*\d+\.\d[^"'>]*"#,
        "<meta name=\"generator\" content=\"WordPress 6.2.2\">",
    )
    .back(8),
];

/// Whether a token names a server product, not a medium, a protocol or a client.
fn product(token: &[u8]) -> bool {
    let Some(slash) = token.iter().position(|b| *b == b'/') else { return false };
    let (name, version) = token.split_at(slash);
    // A bare number is a version only for some products; `python/3` may be a folder.
    let bare = !version.contains(&b'.');
    !bare
        || [&b"php"[..], b"apache", b"nginx", b"kestrel", b"squid", b"wildfly"]
            .iter()
            .any(|p| name.eq_ignore_ascii_case(p))
}
