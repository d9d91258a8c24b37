import java.net.URI;
import java.net.http.*;

/** Asks the bridge of a running gate about one code: java AskBridge.java 3513… */
public final class AskBridge {
    public static void main(String[] words) throws Exception {
        var question = HttpRequest.newBuilder(URI.create("http://127.0.0.1:7532/verify")).POST(HttpRequest.BodyPublishers.ofString(words[0]));
        var answer = HttpClient.newHttpClient().send(question.build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }
}
