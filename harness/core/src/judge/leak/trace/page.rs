//! Debug pages and answers of frameworks.

use super::{Detector, trace};

pub(super) const DETECTORS: &[Detector] = &[
    trace(
        "Spring Whitelabel error page",
        &["Whitelabel Error Page"],
        r"Whitelabel Error Page",
        "<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error</p>",
    ),
    trace(
        "Django debug page",
        &["DEBUG = True", "Using the URLconf defined in", "Django Version"],
        r"you have (?:<code>)?DEBUG = True|Using the URLconf defined in|Django Version:?(?:\s|</?t[hd]>|:)*\d+\.\d",
        "You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file.",
    ),
    trace(
        "Werkzeug debugger",
        &["Werkzeug Debugger", "__debugger__", "caught an exception in your WSGI"],
        r"Werkzeug [Dd]ebugger|__debugger__=yes|The debugger caught an exception in your WSGI application",
        "<title>KeyError: 'id' // Werkzeug Debugger</title>",
    ),
    trace(
        "ASP.NET error page",
        &["Server Error in ", "rawExceptionStackTrace", "rawExceptionDetails", "execution of the current web request"],
        r"Server Error in <Q>/[^\n]*?<Q> Application|rawException(?:StackTrace|Details)|An unhandled exception (?:occurred|was generated) during the execution of the current web request",
        "<title>Server Error in '/' Application.</title>",
    ),
    trace(
        "Express error page",
        &["<br> &nbsp; &nbsp;at "],
        r"<br> &nbsp; &nbsp;at ",
        "<pre>TypeError: id is not a number<br> &nbsp; &nbsp;at find (store)</pre>",
    ),
    trace(
        "Rails error page",
        &["Framework Trace", "Rails.root: ", "Extracted source (around"],
        r"(?s)Application Trace.*?Framework Trace|Rails\.root: \S|Extracted source \(around line",
        "<a href=\"#\">Application Trace</a> | <a href=\"#\">Framework Trace</a> | <a href=\"#\">Full Trace</a>",
    ),
    trace(
        "Laravel stack trace",
        &["Illuminate\\"],
        r"Illuminate\\+[A-Z]\w+(?:\\+[A-Z]\w+)*\\+[A-Z]\w*(?:(?:Exception|Error)\b|->|::\w+\(|<Q>\s*[,}])",
        r#"{"message":"Not found","exception":"Illuminate\\Routing\\Exceptions\\UrlGenerationException"}"#,
    )
    .back(0),
    trace(
        "Symfony stack trace",
        &["Symfony\\", "Symfony Exception"],
        r"Symfony\\+(?:Component|Bridge|Bundle)(?:\\+\w+)*\\+[A-Z]\w*(?:(?:Exception|Error)\b|->|::\w+\(|<Q>\s*[,}])|Symfony Exception",
        r"Symfony\Component\HttpKernel\Exception\NotFoundHttpException",
    )
    .back(0),
    trace(
        "Whoops error page",
        &["Whoops\\", "Whoops! There was an error"],
        r"Whoops\\+(?:Run|Handler|Exception)|Whoops! There was an error",
        r"Whoops\Exception\ErrorException: Undefined variable",
    )
    .back(0),
    trace(
        "Tomcat error report",
        &["</b> Exception Report", "The server encountered an internal error that prevented"],
        r"<b>[Tt]ype</b> Exception Report|The server encountered an internal error that prevented it from fulfilling",
        "<p><b>Type</b> Exception Report</p><p><b>Message</b> For input string: &quot;x&quot;</p>",
    ),
    trace(
        "framework error page",
        &["Phoenix.Router", "plug.debugger", "Plug.Debugger", "__nextjs_original", "nextjs__container_errors", "Slim Application Error", "yii\\base", "yii\\web", "Cake\\", "CodeIgniter\\", "Laminas\\", "Twig\\", "Application error: a server-side", "An exception has been thrown during", "Template render error", "Parse error on line ", ".html.twig", ".blade.php", ".ejs:", ".pug:", ".hbs:", ".jinja", "Unhandled Runtime Error", "Hydration failed because", "Grails Runtime Exception", "play.api.http", "vite-error-overlay", "Better Errors", "tornado.web.", "web2py", "stackEntries", "stack_entries", "Nette\\", "Phalcon\\", "sinatra.error", "Bottle Debug", "GraphQL\\Error", "Microsoft.AspNetCore"],
        r"\bPhoenix\.Router\.\w+Error|\b[Pp]lug\.[Dd]ebugger|__nextjs_original|nextjs__container_errors|Slim Application Error|\b(?:yii|Cake|CodeIgniter|Laminas|Twig|Nette|Phalcon|GraphQL)\\+[A-Za-z]\w*|Application error: a server-side exception|An exception has been thrown during the (?:rendering|compilation) of a template|Template render error: \(|Parse error on line \d+:<N>|[\w./@-]+\.(?:html\.twig|jinja2?)<Q>? (?:at |on )?line \d+|[\w./-]+\.blade\.php\)|[\w./-]+\.(?:ejs|pug|hbs):\d+|Unhandled Runtime Error(?:<N>|</)|Hydration failed because the|Grails Runtime Exception|\bplay\.api\.http\.\w+Exception|vite-error-overlay|Better Errors|\btornado\.web\.\w+(?:Error|Handler)|<Q>stack_?[eE]ntries<Q>\s*:\s*\[\s*<Q>|sinatra\.error|\bMicrosoft\.AspNetCore\.\w",
        "exception 'yii\\base\\ErrorException' with message 'no'",
    )
    .back(8),
];
