package import Crypto

/// The words that plausible names, addresses and companies are made of. They are part of the catalogue: a change of any
/// of them changes pseudonyms and raises `TransformCatalog.version`.
package enum Dictionaries {
    static let given = words(
        """
        Abelone Adelita Agnessa Ailsa Aldwin Aleta Alfonse Alinor Almira Alvar Amabel Amias Anatol Ancela Annika Ansel
        Antje Arabel Ardal Arlen Armel Arne Arvid Astor Astrid Auberon Aurin Avelin Bastian Beatrix Belinde Bendik
        Benno Berrit Birger Blaise Bodil Boris Branca Bruna Bryndis Calixta Camill Caspar Cecily Cedrik Celestin Celia
        Cilla Clarens Clemens Colette Conall Cordula Corin Cosima Dagmar Dagny Damaris Damir Danica Darius Delfina
        Denby Desmond Dietmar Dinah Doreen Dorian Drago Durran Edda Edmund Edwina Eirik Elfrida Elias Elka Eloise Elpida
        Elvin Emeric Emmerich Enid Ennio Erlend Ermin Ernestin Esme Espen Etta Eudora Evander Ewald Fabius Falk Fanny
        Faustin Felicia Fenella Fergus Fidel Finola Fjodor Flavia Florian Frauke Frida Fritjof Gaetan Garrick Gemma
        Gerwin Gesine Gideon Gilda Gisela Gosta Greta Griffin Gudrun Guido Gunilla Gustaf Hadrian Halina Halvar Hanno
        Hanneke Harald Hedda Hedwig Helge Helmine Henrike Hermin Hester Hilda Hjalmar Hortense Hubert Ibolya Idris
        Ignaz Ilka Ilsabe Imelda Imre Ines Ingmar Inken Irmela Isolde Ivo Ivonne Jadwiga Jannik Jarmila Jascha Jelle
        Jesper Joachim Joris Jorun Josefin Jovan Judoka Jurek Jutta Kaspian Katinka Kerstin Kilian Kirsa Klara Knut
        Konrad Korbin Kordula Kristof Lambert Larissa Laurin Leander Leif Lenka Leonore Leopold Levin Liesel Linnea
        Ljuba Lorcan Lorenz Lothar Lucian Ludmila Lutz Lysander Magnus Maike Malte Manfred Marcella Marek Marlis Matthis
        Maxima Meinhard Melchior Merete Merlin Mieke Milan Mirjam Morten Muriel Nadja Nanna Nepomuk Nerina Nestor
        Nikodem Nils Nora Norwin Notker Octavia Odilo Olaf Oleg Olympia Ondine Orla Ortrud Oskar Osmund Ottilie Otis
        Palina Pascal Penelope Peregrin Perdita Petra Philine Piers Pilar Pippa Polina Quentin Quirin Radek Raimund
        Ramona Randolf Rasmus Regula Reinhild Remigius Rhona Ricarda Rikard Roald Roderick Romina Ronan Rosamund Rufus
        Rupert Ruven Sabina Salome Samira Sanna Saskia Selma Severin Sibylle Sidonie Siegmar Silvan Simeon Sixtus Solveig
        Sonja Stellan Sunniva Svante Sverre Tabea Tadeus Talia Tamsin Tankred Tarek Telma Theda Thilo Thora Tilda Timon
        Tirza Tobias Torben Trudi Tycho Ulrich Ulrike Undine Urban Ursina Valentin Valeska Vanda Veit Velten Verena
        Vibeke Viktor Vilja Vincenz Viola Vivian Vladan Volker Wanda Wendel Wenzel Wiebke Wilhelm Wilma Winfried Wolfram
        Xaver Xenia Yannick Yelena Ylva Yorick Yvette Zacharias Zelda Zeno Zita Zoltan Zora
        """)

    static let family = words(
        """
        Abbotsley Ackermoor Adlington Ahlberg Aldermann Almgren Alsworth Amberfield Andersby Applegarth Arkwell Ashdown
        Askeland Averdal Bachofen Bakkerud Barnfather Bassermann Bayliffe Beckhaus Belgrove Bellweather Bengtzon
        Bergstrand Berrington Bickerstaff Birkholm Blackmere Blomqvist Bodenheim Bonnevie Borchgrave Brackley
        Brandvold Breckenfeld Bridgemoor Brightwell Brockmeier Bruntland Buchweitz Burlingham Bystrom Calloway Carlberg
        Castlereed Cavendale Chadburn Charlesworth Claverton Clemmensen Cobbledick Collinder Coppersmith Corbridge
        Cranmore Crickhowell Cullingford Dahlstedt Dallimore Danforth Dargomir Dederich Delacourt Dennerley Diefenbach
        Dombrow Dorrington Drakensberg Drummond Dunderdale Eberhardt Eckersley Edelweiss Egerton Eidsvik Ekdahl Ellerby
        Elsworthy Engelbert Erlandson Eschenbach Everleigh Fagerholm Fairweather Falkenrath Farnsworth Feldkamp
        Fennimore Fernsby Fichtenau Finsterwald Fjellstad Flanagher Fogelberg Forsberg Fothergill Frankenthal
        Freudenberg Friedland Frobisher Gadsworth Gallerstedt Garthwaite Gellhorn Gessner Gildersleeve Glockner
        Goldwater Gotheberg Graftdyke Greenhalgh Grimsditch Groenewald Gullichsen Habermann Hagedorn Hallgrim
        Hammershoi Hardcastle Harkness Hasselblad Hathersage Haugland Hawksworth Heidenreich Hellstrom Hemmingway
        Herrington Hildebrandt Hinchcliffe Hjelmstad Hochstrasser Hoffmeyer Holmwood Honeycombe Horrocks Huddlestone
        Hutterer Iddesleigh Illingworth Ingersoll Inkermann Isbister Iversholt Jagerstam Jankowitz Jessamine Jolivet
        Jorgenfeld Kallenbach Karlsfeldt Kastrup Kavanaugh Kellerhals Kesselring Kingsnorth Kirkegaard Kleinschmid
        Knapphurst Kohlmeyer Kornblum Kranzler Kreutzer Kronstad Kuckuck Kvisthaug Lagerkrantz Lambourne Landqvist
        Langenfeld Latimer Lauritzen Leatherby Leichenberg Lettenmaier Lichtwark Lindqvister Lockheart Loewenthal
        Longbottom Lundegaard Luxborough Lyngholm Macklinton Magnussen Mallinson Mandeville Marchbanks Markgraf
        Mastrander Mayweather Meadowcroft Meisenheim Mellencamp Merriweather Middelburg Millbrook Mistelbach Moltzau
        Montague Moorhouse Mossgrove Mullenweg Nachtwey Nethercott Neuhausen Niederberg Nightingale Nordahl Norgaard
        Northcote Nussbaum Oakenshaw Oberholtz Odegaard Oldershaw Olivecrona Orlebar Osterhaus Ottesen Oxenbridge
        Palmgren Pankhurst Parmentier Pemberton Penhallow Pettersholm Pickersgill Pilkington Plumtree Pohlmann
        Pomfrett Prendergast Puddifoot Quackenbush Quarrington Quistgaard Radcliffe Ramsbottom Rannveig Rasmusfeld
        Ravenscroft Rehnquist Reichenau Rheinhold Ridderstad Rinkeby Robishaw Rosenquist Rothermund Rowbotham
        Rutherglen Saltmarsh Sandstrom Satterfield Schattner Schimmel Schoonhoven Seligmann Shackleton Shuttleworth
        Sigurdson Silverthorn Skarsgard Skeffington Sommerfeld Sorensby Spannagel Spilsbury Stallworth Starkweather
        Steenstrup Steinhauer Stjernberg Stockwell Strandberg Strickland Sturluson Sundholm Swanborough Szalinski
        Tattersall Teasdale Tellefsen Thackeray Thistleton Thorvald Tiefenbach Tillingham Tornquist Trelawney
        Trondheim Tunnicliff Uhlenbeck Underhill Uppingham Valderhaug Vandermeer Vanstone Verhoeven Vestergaard
        Vinterberg Vogelsang Vollenweid Waddington Wahlgren Waldenburg Wallerstein Warburton Weatherby Weidenfeld
        Wellbeloved Wennerberg Westerholt Wexelsen Whitcombe Wickersham Widdowson Wiesengrund Wigglesworth Willoughby
        Windermere Winterbourne Wolfenden Woodhouse Wrigglesby Yardley Yngvesen Zachrisson Zeppelin Zimmerholt
        """)

    static let streets = words(
        """
        Acorn Alder Anchor Apple Arbour Ash Aspen Badger Barley Beacon Beech Bell Birch Bluebell Bramble Bridge Brook
        Buttercup Canal Castle Cedar Chapel Cherry Chestnut Church Clover College Copper Cowslip Cross Cuckoo Daisy Deer
        Dove Elder Elm Falcon Farm Fern Field Forge Foundry Fountain Fox Garden Gate Glebe Grange Granary Grove Harbour
        Hawthorn Hazel Heath Heather Heron High Hill Holly Ivy Juniper Kiln King Kingfisher Lake Larch Lark Laurel
        Lavender Lime Linden Magnolia Mallow Manor Maple Market Meadow Mill Mint Myrtle Nettle New Oak Old Olive Orchard
        Otter Park Pear Pine Poplar Primrose Priory Quarry Queen Rectory River Robin Rose Rowan Saffron School Spring
        Spruce Station Swan Sycamore Thistle Tower Valley Violet Walnut Water Well West Willow Windmill Wood Yew
        """)

    static let streetKinds = words("Street Road Lane Avenue Way Close Drive Court Place Row Walk Terrace Rise Gardens")

    static let cities = words(
        """
        Abbenmoor Aldercombe Ambersey Arlingby Ashenford Averholm Bagshaven Balderwick Barrowmere Beaconsby Birchhaven
        Blackenford Bramblewick Brightmouth Brookhaven Burrowdale Calderby Candlewick Carrowmore Cedarholm Chalkstead
        Cherrydale Claymoor Coldharbor Copperfield Cranwick Crowhaven Dalesbury Deepwater Dovercombe Drakemoor Eaglescar
        Eastmere Ebbingford Elderby Elmstead Fairhollow Falconby Farrowdale Fennbridge Ferndale Foxhollow Frostwick
        Gallowmere Glenhaven Goldenby Grangemoor Greenhollow Greywater Hallowdale Harrowby Hartsmere Hawkridge
        Heathermoor Highbrook Hollowford Ironbridge Ivywick Juniperby Kestrelford Kingsmoor Lakenfell Lambsford
        Larkhaven Lindenby Longmere Lowerdale Mapleford Marshwick Meadowby Millhaven Misterby Moorfield Netherbrook
        Newhollow Northmere Oakhaven Oldcastle Orchardby Otterford Pinewick Quarrydale Ravenmoor Redbrook Ridgeby
        Rosehaven Rowanford Saltwick Sandmere Shadowbrook Silverby Southmere Springwick Stonehollow Summerby Swanford
        Thistledown Thornby Timberwick Underdale Upperford Valeby Waterwick Westhaven Whitemoor Willowby Windhollow
        Winterford Woodmere Wrenby Yarrowford Yewdale
        """)

    static let trades = words(
        """
        Analytics Bakery Bearings Bindery Boatyard Brewers Bricks Bridges Builders Cables Carpets Castings Ceramics
        Chemicals Chocolates Coatings Components Consulting Cycles Dairies Design Drives Electric Energy Engines
        Fabrics Farms Fasteners Films Filters Foods Forwarding Foundries Freight Furniture Gears Glass Granite Grinding
        Hardware Harvest Hotels Imports Instruments Insurance Interiors Joinery Kitchens Labels Lamps Laundries Leather
        Lenses Lifts Lighting Logistics Looms Machines Marine Materials Meters Milling Minerals Mining Mirrors Motors
        Networks Nurseries Optics Orchards Packaging Paints Papers Partners Pipes Plastics Polymers Pottery Press Pumps
        Quarries Rail Records Robotics Roofing Ropes Seeds Services Shipping Signals Software Solar Spices Springs
        Stationers Steel Studios Surveying Systems Tanneries Textiles Tiles Timber Tools Toys Transport Travel Turbines
        Valves Vehicles Vineyards Watches Weavers Works
        """)

    static let forms = words("Ltd GmbH Inc SA BV Group AB Co")

    static let filler = words(
        """
        amber basin cedar delta ember fable gravel harbor island jasper kettle ladder meadow needle orchard pebble quiver
        ribbon saddle timber umber velvet walnut yonder zephyr anchor bramble canyon dapple eddy feather glimmer hollow
        ivory juniper kernel lantern marble nimbus opal parcel quartz river silver thicket upland vessel willow yarrow
        """)

    private static func words(_ text: String) -> [[UInt8]] {
        text.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
    }

    /// The digest of all of them, for reports.
    package static let digest: Digest = {
        let stream = DigestStream(.sha256)
        for list in [given, family, streets, streetKinds, cities, trades, forms, filler] {
            for word in list { stream.update(word + [0x0A]) }
            stream.update([0])
        }
        return stream.finish()
    }()
}
