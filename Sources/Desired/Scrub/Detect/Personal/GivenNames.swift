/// Given names that are common in the countries whose numbers Belay knows, lower case: what tells a person's name from
/// that of a thing where the field says only `name`.
enum GivenNames {
    static let common: Set<String> = Set(
        """
        aaron abdul abigail abril adam adele adrian agnes agnieszka ahmad ahmed aiko aisha akira alan alba albert alberto \
        alejandra alejandro aleksandra alessandra alessandro alessia alex alexander alexandra alexandre alexis alfonso \
        alfred alice alicia alina aline alison alma alvaro amanda amber amelia amelie amina amir amit amy ana andre \
        andrea andreas andrei andres andrew andrzej angela angelika angelo anil anita anja anna anne annette annie anouk \
        antje anthony antoine anton antonia antonio anya april ariane arjun armando arne arthur arturo ashley asha astrid \
        aurelie austin ava axel barbara bart bastian beata beatrice beatriz ben benedikt benjamin bernard bernd bert \
        bianca bjorn bogdan boris brandon brenda brian brigitte britta bruno caitlin camila camille carina carla carlo \
        carlos carmen carol carolina caroline cath catherine cecilia celine cesar chantal charles charlotte chen chiara \
        chloe chris christa christian christiane christina christine christoph christophe christopher claire clara \
        claude claudia claudio clement cornelia cristian cristina cynthia dagmar daisy damien dan daniel daniela daniele \
        danielle danilo darius david deborah deepak denis denise dennis diana diego dieter dimitri dirk dmitri dmitry \
        dominic dominik dominique donald donna dora doris dorothea dylan edgar eduardo edward edyta ekaterina elena \
        eleanor eleonora elias elif elina elisa elisabeth elise eliza elizabeth ella ellen elodie elsa emil emilia emilie \
        emily emma emmanuel enrico enrique enzo eric erica erik erika ernst esra esteban esther ethan eugene eva evan \
        evelyn ewa fabian fabien fabio fatima fatma federica federico felipe felix ferdinand fernanda fernando filip \
        fiona flavia flavio florence florian frances francesca francesco francis francisco francois frank franz \
        franziska fred frederic frederik fredrik freya friedrich gabriel gabriela gabriele gary geert gemma george georg \
        georgia gerald gerard gerd gerhard gianluca gianni gilles gina giorgio giovanna giovanni giulia giuseppe gloria \
        gonzalo grace graham greg gregor gregory greta grzegorz guido guillaume guillermo gunnar gustav gustavo hana hank \
        hannah hannes hans harald harold harry hassan heather heidi heike heinrich heinz helen helena helene helga helmut \
        hendrik henri henry herbert hermann hiroshi holger hugo ian ibrahim ida ignacio igor ilse imran ines inga inge \
        ingo ingrid irene irina iris isaac isabel isabella isabelle ivan ivana jack jackson jacob jacqueline jacques \
        jakob jakub james jamie jan jana jane janet janina jasmin jasmine jason javier jean jeanne jeff jennifer jenny \
        jens jeremy jerome jessica jesus jill jim jitka joan joana joanna joao joaquin jochen joel johan johann johanna \
        johannes john jonas jonathan jordi jorge jose josef joseph josephine joshua juan juana juanita judith jules \
        julia julian juliana julie julien juliette jurgen justin justine justyna jutta kai karen karim karin karina karl \
        karla karolina kasper katarina katarzyna kate katharina katherine kathleen kathrin katja katrin kavita keiko \
        keith kelly ken kenji kenneth kerstin kevin khalid kim kirsten klara klaus konrad kristian kristin kristina \
        krzysztof kurt lars laura laurent lea leah leila leo leon leonardo leonie leticia levi liam lidia lili lilian \
        lilly lina linda lisa liv livia lorena lorenzo louis louisa louise luca lucas lucia luciana lucie lucy ludovic \
        luigi luis luisa lukas luke luna lydia maarten maciej madeleine madison magda magdalena magnus mahmoud maja \
        manfred manuel manuela marc marcel marcela marcelo marco marcos marek margaret margarita margit margot maria \
        mariam mariana marianne marie marina mario marion marisa marius mark markus marlene marta martha martin martina \
        mary mateo mateusz mathias mathieu mathilde matilda matteo matthew matthias maud maurice mauricio mauro max maxim \
        maxime maximilian maya megan mehmet mei melanie melissa mercedes mia michael michaela michal michel michele \
        michelle miguel mika mikael mike mila milan milena miriam mohamed mohammad mohammed moises molly monica monika \
        monique morgan moritz muhammad mustafa nadia nadine nancy naomi natalia natalie natasha nathalie nathan neha neil \
        nele nicholas nick nico nicola nicolas nicole niels nikita niklas nikolai nils nina nisha noa noah noelle noemi \
        noor nora norbert norman odile olaf ole oleg olga oliver olivia olivier olufemi omar oscar oskar otto owen pablo \
        pamela paola paolo pascal patricia patrick patrik paul paula pauline paulo pavel pawel pedro peggy penelope per \
        petar peter petra philip philipp philippe pia pierre pietro pilar piotr pooja priya rachel rafael rahul raj rajesh \
        ralf ralph ramon raphael raquel raul ravi raymond rebecca regina reinhard renata renate rene ricardo riccardo \
        richard rita robert roberta roberto robin rodrigo roger roland rolf roman romain ronald rosa rosalie rose rosie \
        roxane ruben rudolf rui rupert russell ruth ryan sabina sabine sabrina said sally salma salvatore sam samantha \
        samir samuel sandra sandrine sandro sanjay santiago sara sarah sascha scott sean sebastian selina serena serge \
        sergei sergio shreya siegfried sigrid silke silvia simon simona simone siobhan sofia sofie solveig sonia sonja \
        sophia sophie soren stanislaw stefan stefania stefanie stefano steffen stella stephan stephanie stephen steve \
        steven stuart sunita susan susana susanna susanne suzanne sven svetlana sylvia sylvie takashi tamara tanja tara \
        tatiana ted teresa tessa theo theodor theresa therese thiago thierry thomas tiago tim timo timothy tina tobias \
        todd tom tomas tomasz tomoko tony torsten tracy udo ulrich ulrike ursula uta ute uwe valentin valentina valeria \
        valerie vanessa vera veronica veronika veronique vicente victor victoria vijay viktor vincent vincenzo viola \
        violeta virginia virginie vittoria vivian vladimir walter wanda wei wendy werner wilhelm will william willem \
        wojciech wolfgang xavier yan yannick yara yasmin yolanda yuki yusuf yves yvonne zahra zara zeynep zoe zofia
        """.split(separator: " ").map(String.init))

    static let hashes = WordHashes(common)

    /// A name without its marks, as the list has it: `Chloé` is `chloe`.
    static func folded(_ name: some StringProtocol) -> String {
        var folded = ""
        for scalar in name.unicodeScalars {
            if let plain = marked[scalar] { folded += plain } else { folded.unicodeScalars.append(scalar) }
        }
        return folded.lowercased()
    }

    private static let marked: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = ["ß": "ss", "æ": "ae", "œ": "oe"]
        let groups = [
            ("a", "áàâãäåāăąÁÀÂÃÄÅ"), ("c", "çćčÇĆČ"), ("d", "ďđ"), ("e", "éèêëēėęěÉÈÊË"), ("g", "ğ"),
            ("i", "íìîïīıÍÌÎÏİ"),
            ("l", "łľŁ"), ("n", "ñńňÑŃ"), ("o", "óòôõöøōőÓÒÔÕÖØ"), ("r", "řŕ"), ("s", "śšşșŚŠŞ"), ("t", "ťțţ"),
            ("u", "úùûüūůűÚÙÛÜ"), ("y", "ýÿ"), ("z", "źżžŹŻŽ"),
        ]
        for (plain, marks) in groups { for mark in marks.unicodeScalars { table[mark] = plain } }
        return table
    }()
}
