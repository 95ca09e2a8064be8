print("belay")
